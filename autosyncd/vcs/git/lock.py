"""git's index.lock: taken for milliseconds, and recognised as ours if we die holding it.

Our lock file says who took it. Whatever kills the daemon while it holds the lock, the next one
sees that the holder is dead and goes on; a lock of anybody else is never touched.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.git.processes import started

DRAFT = ".autosync"
"""The suffix of a lock file in the making."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def locked(index: Path) -> Iterator[None]:
    """Hold the lock of an index; raises RetryError if somebody else does."""
    lock = lock_of(index)
    held = _take(lock)
    try:
        yield
    finally:
        _release(lock, held)


def lock_of(index: Path) -> Path:
    """The lock file of an index."""
    return index.with_name(index.name + ".lock")


def locked_since(index: Path) -> float | None:
    """Since when (Unix seconds) it is locked; None if it is free, or left by our dead."""
    lock = lock_of(index)
    try:
        since = lock.lstat().st_mtime
    except FileNotFoundError:
        return None
    return None if _left_by_our_dead(lock) else since


def in_use(index: Path) -> RetryError:
    """The lock is taken."""
    since = locked_since(index)
    clock = time.strftime("%H:%M:%S", time.localtime(since or time.time()))
    return RetryError(
        f"git is at work in the repository: {lock_of(index)} is there since {clock}",
        hint="it goes on by itself when that git command has ended",
    )


def _take(lock: Path) -> int:
    """Create the lock file; returns its inode."""
    for _ in range(2):
        try:
            return _create(lock)
        except FileExistsError:
            if not _left_by_our_dead(lock):
                break
            lock.unlink(missing_ok=True)
    raise in_use(lock.with_name(lock.name.removesuffix(".lock")))


def _create(lock: Path) -> int:
    """The file appears with its content: killed in between, we would not know it for ours."""
    draft = lock.with_suffix(DRAFT)
    draft.write_bytes(_signed(os.getpid()))
    try:
        os.link(draft, lock)
    except FileExistsError:
        raise
    except OSError:
        return _create_without_links(lock)
    finally:
        draft.unlink(missing_ok=True)
    return lock.lstat().st_ino


def _create_without_links(lock: Path) -> int:
    descriptor = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
    try:
        os.write(descriptor, _signed(os.getpid()))
        return os.fstat(descriptor).st_ino
    except OSError:
        lock.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _release(lock: Path, inode: int) -> None:
    try:
        if lock.lstat().st_ino == inode:
            lock.unlink()
    except FileNotFoundError:
        pass


def _left_by_our_dead(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            fields = file.read(500).split()
    except OSError:
        return False
    if len(fields) != 5 or fields[:2] != [b"autosync", _host()] or not fields[3].isdigit():
        return False
    return fields[2] != _boot() or fields[4] != started(int(fields[3]))


def _signed(pid: int) -> bytes:
    return b"autosync %s %s %d %s\n" % (_host(), _boot(), pid, started(pid))


def _host() -> bytes:
    return socket.gethostname().encode("utf-8", "surrogateescape").replace(b" ", b"_") or b"-"


def _boot() -> bytes:
    try:
        return _BOOT.read_bytes().strip()
    except OSError:
        return b"-"
