"""The files by which office programs say that they have a document open."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

LockOf = Callable[[bytes], str | None]
"""What tells the opening of a document from any other; None if it is not open."""


def no_lock(_path: bytes) -> None:
    """Nothing is a document."""


def lock_of(root: Path) -> LockOf:
    """For the paths below a folder."""

    def find(path: bytes) -> str | None:
        folder, _, name = path.rpartition(b"/")
        for lock in _names(name):
            try:
                status = os.lstat(b"/".join((bytes(root), folder, lock)))
            except OSError:
                continue
            return f"{status.st_ino}.{status.st_mtime_ns}"
        return None

    return find


def _names(name: bytes) -> Iterator[bytes]:
    """LibreOffice: `.~lock.NAME#`; Microsoft Office: `~$NAME`, which takes the place of the first
    characters of a longer name."""
    yield b".~lock." + name + b"#"
    yield b"~$" + name
    yield b"~$" + name[2:]
