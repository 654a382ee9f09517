# Runs on the server, in whatever POSIX shell there is; reads paths of repositories from stdin, one
# a line, up to an empty one. Says "moved N", the refs of the Nth and "end" whenever they change,
# "ready" when no change can be missed from then on, and "alive" every 20 seconds, by which both
# sides notice the end of the other. inotifywait says by itself when its watches are established.
# When the link ends, so does stdin, and all that was started here: sshd gives it a session of its own.
LC_ALL=C; export LC_ALL
n=0; dirs=
while read -r p && [ -n "$p" ]; do
    n=$((n + 1)); d=
    case $p in /*) ;; *) p=./$p ;; esac
    for c in "$p/.git" "$p" "$p.git/.git" "$p.git"; do
        if [ -f "$c/HEAD" ] && [ -d "$c/refs" ]; then d=$c; break; fi
    done
    if [ -z "$d" ] && [ -d "$p/.hg/store" ]; then d=$p/.hg; fi
    if [ -z "$d" ]; then echo "missing $n"; fi
    eval "d$n=\$d; s$n=-"
done
refs() {
    find "$1/refs/heads" -type f ! -name "*.lock" -exec grep . /dev/null {} + 2>/dev/null
    ls -lni "$1/packed-refs" "$1/reftable/tables.list" "$1/store/00changelog.i" 2>/dev/null
}
look() {
    i=0
    while [ "$i" -lt "$n" ]; do
        i=$((i + 1)); eval "d=\$d$i; old=\$s$i"
        [ -n "$d" ] || continue
        new=$(refs "$d")
        [ "$new" = "$old" ] && continue
        eval "s$i=\$new"
        { echo "moved $i" && printf "%s\n" "$new" | head -n 500 && echo end; } || exit 0
    done
}
wait_by_inotify() {
    set --
    i=0
    while [ "$i" -lt "$n" ]; do
        i=$((i + 1)); eval "d=\$d$i"
        [ -n "$d" ] || continue
        for w in "$d/refs/heads" "$d/reftable" "$d/store"; do
            if [ -d "$w" ]; then set -- "$@" "$w"; fi
        done
    done
    [ $# -gt 0 ] || return
    (
        trap "" PIPE
        inotifywait -m -r -e create,moved_to,modify,delete --exclude "[.]lock$" \
            --format moved "$@" 2>&1 &
        inotify=$!
        while sleep 20 && kill -0 "$inotify" 2>/dev/null && echo alive 2>/dev/null; do :; done
        kill "$inotify" 2>/dev/null
    ) | while read -r what; do
        look
        case $what in
        alive) echo alive || exit 0 ;;
        *established*) echo ready || exit 0 ;;
        esac
    done
}
exec 3<&0
(read -r _ <&3; kill -s TERM -- "-$$") 2>/dev/null &
way=look
command -v inotifywait >/dev/null 2>&1 && way=inotify
echo "autosync watches by $way" || exit 0
look
if [ $way = inotify ]; then wait_by_inotify; fi
echo ready || exit 0
turn=0
while sleep 2; do
    look
    turn=$((turn + 1))
    if [ "$turn" -ge 10 ]; then turn=0; echo alive || exit 0; fi
done
