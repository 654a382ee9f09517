"""What is on disk at a path: told apart by lstat, without reading."""

import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from autosyncd.vcs.base import Stamp
from autosyncd.vcs.tree.signature import Signature, signature

FRESH = 0.02
"""Seconds: younger changes may share a tick of the file system's clock with the next one."""
SKEW = 60.0
"""Seconds a file may come from the future and count as fresh; beyond, the clock is wrong."""


class What(Enum):
    """The kinds that are told apart."""

    FILE = "file"
    LINK = "symbolic link"
    FOLDER = "folder"
    OTHER = "neither file nor link"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    BEYOND_LINK = "beyond a symbolic link"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was at a path; `signature` is None where nothing was, `why` tells of an obstacle."""

    what: What
    signature: Signature | None = None
    why: str = ""

    @property
    def content(self) -> bool:
        """Whether there is something that git can store."""
        return self.what in (What.FILE, What.LINK)

    @property
    def stamp(self) -> Stamp | None:
        """By which others know this version."""
        there = self.signature
        return (there.ino, there.size, there.mtime_ns, there.ctime_ns) if there else None

    def fresh(self, now: float, rest: float = FRESH) -> bool:
        """Whether it changed just now, or in so many seconds before."""
        if self.signature is None:
            return False
        return -SKEW < now - self.signature.ctime_ns / 1e9 < rest


def age(written: Signature) -> float:
    """Seconds since it was written."""
    return time.time() - written.mtime_ns / 1e9


def observe(root: bytes, paths: Iterable[bytes]) -> dict[bytes, Seen]:
    """What is at each path now. Blocks: many paths belong into a thread."""
    linked: dict[bytes, bool] = {b"": False}
    return {path: _seen(root, path, linked) for path in paths}


def is_link(path: bytes) -> bool:
    """Whether a symbolic link is there."""
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False


def _seen(root: bytes, path: bytes, linked: dict[bytes, bool]) -> Seen:
    if _beyond_link(root, path.rpartition(b"/")[0], linked):
        return Seen(What.BEYOND_LINK)
    full = root + b"/" + path
    try:
        status = os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return Seen(What.MISSING)
    except OSError as error:
        return Seen(What.UNREADABLE, None, error.strerror or "it cannot be looked at")
    return _kind(full, status)


def _kind(full: bytes, status: os.stat_result) -> Seen:
    found = signature(status)
    if stat.S_ISLNK(status.st_mode):
        return Seen(What.LINK, found)
    if stat.S_ISDIR(status.st_mode):
        return Seen(What.FOLDER, found)
    if not stat.S_ISREG(status.st_mode):
        return Seen(What.OTHER, found)
    if not os.access(full, os.R_OK, effective_ids=True):
        return Seen(What.UNREADABLE, found, "Permission denied")
    return Seen(What.FILE, found)


def _beyond_link(root: bytes, folder: bytes, linked: dict[bytes, bool]) -> bool:
    known = linked.get(folder)
    if known is None:
        above = _beyond_link(root, folder.rpartition(b"/")[0], linked)
        known = linked[folder] = above or is_link(root + b"/" + folder)
    return known
