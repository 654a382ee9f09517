"""Copies of files that are never left alone, each as the file really was at one moment.

Where nobody has the file open for writing, a lease (fcntl(2)) keeps it so while it is read. Else it
is read twice: what was the same both times was so in between. Then either nobody wrote between the
two, by the times of the file, or it has only grown since, as logs do.
"""

import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from autosyncd.vcs.base import stamp
from autosyncd.vcs.tree.place import BlockedError, Place, place_of
from autosyncd.vcs.tree.syscalls import Lease, lease_unbroken, take_lease

PATIENCE = 0.1
"""Seconds for which one file is tried, at least once each way."""
TOGETHER = 2.0
"""Seconds for all files of one look."""

_BLOCK = 1 << 20
_PAUSE = 0.0005
_ENDS = 1000
"""How often the end of a file may have moved when it is reached."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


def take_copies(root: Path, folder: Path, paths: Iterable[bytes]) -> dict[bytes, Path]:
    """Copy files below `root` into `folder`, which is emptied first; blocks.

    Those that could not be read at one moment, or in time, are left out. A copy may be executed by
    its owner if the file may.
    """
    drop_copies(folder)
    folder.mkdir(mode=0o700, parents=True)
    copies, deadline = {}, time.monotonic() + TOGETHER
    top = os.open(root, _FOLDER)
    try:
        for number, path in enumerate(paths):
            until = min(time.monotonic() + PATIENCE, deadline)
            target = folder / str(number)
            if time.monotonic() < deadline and _copied(top, path, target, until):
                copies[path] = target
            else:
                target.unlink(missing_ok=True)
    finally:
        os.close(top)
    return copies


def drop_copies(folder: Path) -> None:
    """Remove a folder of copies."""
    shutil.rmtree(folder, ignore_errors=True)


def _copied(top: int, path: bytes, target: Path, until: float) -> bool:
    try:
        with place_of(top, path) as place:
            return copy_still(place, target, until)
    except (OSError, BlockedError):
        return False


def copy_still(place: Place, target: Path, until: float) -> bool:
    """Copy a file as it was at one moment; False if that was not possible until a time on the
    monotonic clock. Raises OSError.

    Half of the time goes to the lease: whoever opens, empties and writes a file is caught by that
    only before or after, and never in between.
    """
    half = (time.monotonic() + until) / 2
    while (lease := _by_lease(place, target)) is not Lease.HELD:
        if lease is Lease.UNAVAILABLE or time.monotonic() >= half:
            return _by_comparing_until(place, target, until)
        time.sleep(_PAUSE)
    return True


def _by_lease(place: Place, target: Path) -> Lease:
    """HELD if it was copied; whoever opens the file to write it waits for one block at most."""
    with _opened(place) as descriptor, target.open("w+b") as out:
        lease = take_lease(descriptor)
        if lease is not Lease.HELD:
            return lease
        while block := _read(descriptor, out.tell()):
            out.write(block)
            if len(block) == _BLOCK and not lease_unbroken(descriptor):
                return Lease.BUSY
        _copy_mode(descriptor, out)
        return Lease.HELD


def _by_comparing_until(place: Place, target: Path, until: float) -> bool:
    while not _by_comparing(place, target):
        if time.monotonic() >= until:
            return False
        time.sleep(_PAUSE)
    return True


def _by_comparing(place: Place, target: Path) -> bool:
    with _opened(place) as descriptor, target.open("w+b") as out:
        moment = _copy_to_end(descriptor, out)
        if moment is None or not _same(descriptor, out, moment.st_size):
            return False
        now = os.fstat(descriptor)
        _copy_mode(descriptor, out)
        return now.st_size > moment.st_size or stamp(now) == stamp(moment)


def _copy_to_end(descriptor: int, out: BinaryIO) -> os.stat_result | None:
    """Returns what the file was when its end was reached; None if it became shorter meanwhile."""
    for _ in range(_ENDS):
        while block := _read(descriptor, out.tell()):
            out.write(block)
        status = os.fstat(descriptor)
        if status.st_size <= out.tell():
            return status if status.st_size == out.tell() else None
    return None


def _same(descriptor: int, out: BinaryIO, size: int) -> bool:
    """Whether the file still begins with what was copied."""
    out.seek(0)
    while (offset := out.tell()) < size:
        copied = out.read(_BLOCK)
        if _read(descriptor, offset)[: len(copied)] != copied:
            return False
    return True


def _read(descriptor: int, offset: int) -> bytes:
    return os.pread(descriptor, _BLOCK, offset)


def _copy_mode(descriptor: int, out: BinaryIO) -> None:
    os.fchmod(out.fileno(), 0o600 | os.fstat(descriptor).st_mode & stat.S_IXUSR)


@contextmanager
def _opened(place: Place) -> Iterator[int]:
    descriptor = os.open(place.name, _READ, dir_fd=place.folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is no regular file")
        yield descriptor
    finally:
        os.close(descriptor)
