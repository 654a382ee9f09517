"""Folders for copies, which vanish with the daemon, however it ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "autosync-copies"

KEPT = "advance.json"
"""A folder with this is not swept: an update of the tree is to be finished from it first."""


class Workplace:
    """An empty folder, in the tool's own folder `control` if it has one.

    A lock on it (flock(2)) ends with its process: what nobody locks is a crashed daemon's.
    """

    def __init__(self, control: Path) -> None:
        if control.is_dir():
            around = control / NAME
            sweep(control)
            around.mkdir(mode=0o700, exist_ok=True)
        else:
            around = Path(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix="autosync-", dir=around))
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Take it away, with all that is in it."""
        if not (self.path / KEPT).exists():
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)
        if self.path.parent.name == NAME:
            with suppress(OSError):
                self.path.parent.rmdir()


@contextmanager
def left_behind(control: Path) -> Iterator[tuple[Path, ...]]:
    """The folders of crashed daemons in which there is something to finish, while nobody else
    has them."""
    around = control / NAME
    found = [one for one in around.iterdir() if (one / KEPT).exists()] if around.is_dir() else []
    held = {folder: lock for folder in found if (lock := _lock(folder)) is not None}
    try:
        yield tuple(held)
    finally:
        for lock in held.values():
            os.close(lock)


def sweep(control: Path) -> None:
    """Take away the folders of crashed daemons, but for those with something to finish; blocks."""
    around = control / NAME
    for folder in around.iterdir() if around.is_dir() else ():
        lock = _lock(folder)
        if lock is None:
            continue  # another repository of this daemon's, or another daemon's
        if not (folder / KEPT).exists():
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
    with suppress(OSError):
        around.rmdir()


def _lock(folder: Path) -> int | None:
    """A lock on a folder that nobody has."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
