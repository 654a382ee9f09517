"""Linux calls that Python has no name for: renameat2(2), syncfs(2) and file leases (fcntl(2))."""

import ctypes
import errno
import fcntl
import os
import secrets
import signal
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_RENAME_EXCHANGE = 2
UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
"""Error numbers of a file system that does not know a call."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a file system can do: swap two names, rename without replacing, grant leases."""

    exchange: bool
    noreplace: bool
    lease: bool


NO_ABILITIES = Abilities(exchange=False, noreplace=False, lease=False)
"""What the oldest network file system can do; everything works on it, with plain calls."""


class Lease(Enum):
    """What came of asking for a lease."""

    HELD = "held"
    BUSY = "somebody has the file open for writing, or mapped"
    UNAVAILABLE = "not on this file system, or not our file"


def ignore_lease_breaks() -> None:
    """Ignore SIGIO, by which the kernel tells a lease's holder that somebody waits for it.

    Leases taken here already send the harmless SIGURG instead; this is for whatever else may
    hold one. Only the main thread may call it.
    """
    signal.signal(signal.SIGIO, signal.SIG_IGN)


def exchange(path: bytes | Path, folder: int, name: bytes) -> None:
    """Swap `path` and `name` in `folder` in one instant; both must exist."""
    _renameat2(_AT_FDCWD, os.fsencode(path), folder, name, _RENAME_EXCHANGE)


def rename_new(
    path: bytes | Path, folder: int, name: bytes, *, noreplace: bool, source: int | None = None
) -> None:
    """Rename `path` (in the folder `source`) to `name` in `folder`.

    Raises FileExistsError if the name is taken. Without `noreplace` a hard link does the same in
    two steps for files and symbolic links, and an empty folder to replace for folders.
    """
    if noreplace:
        where = _AT_FDCWD if source is None else source
        _renameat2(where, os.fsencode(path), folder, name, _RENAME_NOREPLACE)
    elif stat.S_ISDIR(os.stat(path, dir_fd=source, follow_symlinks=False).st_mode):
        os.mkdir(name, dir_fd=folder)
        os.rename(path, name, src_dir_fd=source, dst_dir_fd=folder)
    else:
        os.link(path, name, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
        os.unlink(path, dir_fd=source)


def sync_file_system(folder: Path) -> None:
    """Make everything written so far on the file system of `folder` survive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _check(_libc.syncfs(descriptor), folder)
    finally:
        os.close(descriptor)


def take_lease(descriptor: int) -> Lease:
    """Ask to be told before anybody opens the file for writing or truncates it.

    Held until the descriptor is closed. Whoever opens the file to write waits meanwhile.
    """
    try:
        # A break must not kill us: SIGURG is ignored by default, SIGIO is not.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return Lease.BUSY if error.errno == errno.EAGAIN else Lease.UNAVAILABLE
    return Lease.HELD


def lease_unbroken(descriptor: int) -> bool:
    """Whether nobody waits to write the file on which `descriptor` holds a lease."""
    return fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK


def probe(folder: Path) -> Abilities:
    """Find out what the file system of `folder` can do, by trying it there."""
    mark = secrets.token_hex(8)
    first, second = (os.fsencode(folder / f".probe-{mark}-{i}") for i in (1, 2))
    for path in (first, second):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        return Abilities(
            exchange=_works(first, second, _RENAME_EXCHANGE),
            lease=_leases(first),
            noreplace=_works(first, first + b"-new", _RENAME_NOREPLACE),
        )
    finally:
        for name in (first, second, first + b"-new"):
            Path(os.fsdecode(name)).unlink(missing_ok=True)


def _works(source: bytes, target: bytes, flags: int) -> bool:
    try:
        _renameat2(_AT_FDCWD, source, _AT_FDCWD, target, flags)
    except OSError as error:
        if error.errno in UNSUPPORTED:
            return False
        raise
    return True


def _leases(path: bytes) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return take_lease(descriptor) is Lease.HELD
    finally:
        os.close(descriptor)


def _renameat2(old_folder: int, old: bytes, new_folder: int, new: bytes, flags: int) -> None:
    if not hasattr(_libc, "renameat2"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    _check(_libc.renameat2(old_folder, old, new_folder, new, ctypes.c_uint(flags)), new)


def _check(result: int, path: bytes | Path) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
