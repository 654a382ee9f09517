"""What tools and the kernel say when the disk does not take any more: pure functions."""

import errno
import os
import re

from autosyncd.errors import NeedsUserError

_FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full")
_READ_ONLY = ("Read-only file system",)
_DENIED = re.compile(
    r"insufficient permission for adding an object|"
    r"unable to (create|write) .*(\.git/|temporary file).*: Permission denied",
    re.IGNORECASE,
)
_FULL_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_DENIED_NUMBERS = (errno.EACCES, errno.EPERM)


def storage_trouble(complaint: str, action: str) -> NeedsUserError | None:
    """Whether a complaint is about this machine's disk, and not about one path or the remote."""
    lines = [line for line in complaint.splitlines() if "remote" not in line[:15]]
    text = "\n".join(lines)
    if any(known in text for known in _FULL):
        return _full(action)
    if any(known in text for known in _READ_ONLY):
        return _read_only(action)
    return _denied(action) if _DENIED.search(text) else None


def storage_error(error: OSError, action: str) -> NeedsUserError | None:
    """The same for what the kernel told us."""
    if error.errno in _FULL_NUMBERS:
        return _full(action)
    if error.errno == errno.EROFS:
        return _read_only(action)
    where = error.filename or "into the repository"
    return _denied(action, os.fsdecode(where)) if error.errno in _DENIED_NUMBERS else None


def _full(action: str) -> NeedsUserError:
    return NeedsUserError(
        f"cannot {action}: the disk is full", hint="make room on it; it goes on by itself"
    )


def _read_only(action: str) -> NeedsUserError:
    return NeedsUserError(
        f"cannot {action}: the file system is read-only",
        hint="mount it writable; if the kernel did that by itself, the disk may be failing (dmesg)",
    )


def _denied(action: str, where: str = "into the repository") -> NeedsUserError:
    return NeedsUserError(
        f"cannot {action}: no permission to write {where}",
        hint="give the user of autosyncd the right to write it; it goes on by itself",
    )
