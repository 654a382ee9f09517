"""A remote that refuses large files as GitHub does, words included."""

from pathlib import Path

LIMIT = 1 << 20
BIG = LIMIT + 300_000

_HOOK = r"""#!/bin/sh
large=$(while read -r old new ref; do
    git rev-list --objects "$new" --not --all
done | git cat-file --batch-check='%(objecttype) %(objectsize) %(rest)' |
    while read -r type size path; do
        [ "$type" = blob ] && [ "$size" -gt LIMIT ] && echo "$size $path"
    done)
[ -z "$large" ] && exit 0
echo "error: Trace: 0123456789abcdef0123456789abcdef"
echo "$large" | while read -r size path; do
    mb=$(echo "$size" | awk '{printf "%.2f", $1 / 1048576}')
    echo "error: File $path is $mb MB; this exceeds GitHub's file size limit of 1.00 MB"
done
echo "error: GH001: Large files detected. You may want to try Git Large File Storage."
exit 1
"""

_PUSH_HOOK = r"""#!/bin/sh
[ "$(du -sk "$GIT_QUARANTINE_PATH" | cut -f1)" -le 1024 ] && exit 0
echo >&2 "fatal: pack exceeds maximum allowed size (1.00 MiB)"
exit 1
"""


def limit_sizes(remote: Path) -> None:
    """Install the hook in a bare repository."""
    _install(remote, _HOOK.replace("LIMIT", str(LIMIT)).replace('echo "error', 'echo >&2 "error'))


def limit_pushes(remote: Path) -> None:
    """The same for all of a push, in the words of a git newer than 2.39."""
    _install(remote, _PUSH_HOOK)


def _install(remote: Path, text: str) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(0o755)


def big(seed: int = 1) -> bytes:
    """Content that the remote refuses, different for each seed."""
    return b"%d\n" % seed * (BIG // 2)
