#!/bin/bash
# A systemd of the whole system, in namespaces of its own, in which nothing runs but what SCRIPT starts.
# Started as root by: unshare --mount --pid --fork --mount-proc --uts --ipc --net --propagation private
#   system_systemd.sh UNITS SCRIPT
# UNITS is what is in /run/systemd/system; what SCRIPT prints goes to standard output; then all ends.
set -e
umount -R -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/autosync-test-$$-$RANDOM
mkdir "$group"
echo $$ > "$group/cgroup.procs"
exec unshare --cgroup --mount --propagation private bash -e -c '
    umount -l /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mount --bind /proc/sys /proc/sys
    mount -o remount,bind,ro /proc/sys
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t tmpfs -o mode=755 tmpfs /var/lib
    mkdir -p /run/systemd /run/lock
    cp -r "$1" /run/systemd/system
    printf "[Unit]\nDefaultDependencies=no\n" > /run/systemd/system/test.target
    (
        until systemctl is-active --quiet test.target 2> /dev/null; do sleep 0.1; done
        bash -e "$2" 2>&1 && echo done
        kill -s RTMIN+14 1 # it ends at once, and the namespace with it
    ) &
    export container=autosync
    exec /lib/systemd/systemd --system --unit=test.target --log-target=console --log-level=err \
        > /dev/null 2>&1
' _ "$1" "$2"
