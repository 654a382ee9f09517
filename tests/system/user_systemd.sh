#!/bin/bash
# A systemd of a user's own, in namespaces of its own: mounts, processes, control groups.
# Started as root by: unshare --mount --pid --fork --mount-proc --propagation private user_systemd.sh HOME
# Says "running" when the manager runs, and ends with its standard input.
set -e
home=$1
umount -R -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/autosync-test-$$-$RANDOM
mkdir "$group"
echo $$ > "$group/cgroup.procs"
exec unshare --cgroup --mount --propagation private bash -e -c '
    home=$1
    umount -l /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir -p /sys/fs/cgroup/user
    echo $$ > /sys/fs/cgroup/user/cgroup.procs
    mount -t tmpfs tmpfs /run
    mkdir -p /run/systemd/{system,unit-root,inaccessible,propagate} /run/lock /run/dbus /run/user/0
    chmod 700 /run/user/0
    env -i HOME="$home" PATH=/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 XDG_RUNTIME_DIR=/run/user/0 \
        /lib/systemd/systemd --user --log-target=console --log-level=warning 2> "$home/systemd.log" &
    export XDG_RUNTIME_DIR=/run/user/0
    until state=$(systemctl --user is-system-running 2>/dev/null) || [ "$state" = degraded ]; do
        kill -0 $! || exit 1
        sleep 0.05
    done
    echo running
    cat
    systemctl --user exit
    wait
' _ "$home"
