"""Folders for copies, which vanish with the daemon, however it ends."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

NAME = "autosync-copies"


class Workplace:
    """An empty folder, in the tool's own folder `control` if it has one.

    A lock on it (flock(2)) ends with its process: what nobody locks is a crashed daemon's.
    """

    def __init__(self, control: Path) -> None:
        if control.is_dir():
            around = control / NAME
            around.mkdir(mode=0o700, exist_ok=True)
            _sweep(around)
        else:
            around = Path(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix="autosync-", dir=around))
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Take it away, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)
        if self.path.parent.name == NAME:
            with suppress(OSError):
                self.path.parent.rmdir()


def _sweep(around: Path) -> None:
    for folder in around.iterdir():
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # another repository of this daemon's, or another daemon's
        finally:
            os.close(lock)
