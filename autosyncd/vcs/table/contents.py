"""Contents of files outside of any tool: named as git names them, compared, put into place."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from autosyncd.vcs.tree.entry import REGULAR, SYMLINK, Entry

PIECE = 1 << 20


def entry_at(full: bytes) -> Entry | None:
    """What is at a path, None for nothing and for folders; blocks."""
    try:
        status = os.lstat(full)
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(full)
            return Entry(SYMLINK, _digest(len(target), (target,)))
        if not stat.S_ISREG(status.st_mode):
            return None
        mode = "100755" if status.st_mode & 0o100 else "100644"
        with open(full, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return Entry(mode, _digest(size, iter(lambda: file.read(PIECE), b"")))
    except OSError:
        return None


def _digest(size: int, pieces: Iterable[bytes]) -> str:
    """The id that git gives a blob (gitformat-pack(5)); the name of conflict copies is made of
    it, and with every tool the same."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def copy_over(source: bytes, target: bytes) -> None:
    """Put what is at `source` to `target` in one instant; folders around it are made."""
    folder = os.path.dirname(target)
    os.makedirs(folder, exist_ok=True)
    status = os.lstat(source)
    if stat.S_ISLNK(status.st_mode):
        draft = os.path.join(folder, b".autosync-%d.tmp~" % os.getpid())
        os.symlink(os.readlink(source), draft)
        os.replace(draft, target)
        return
    handle, name = tempfile.mkstemp(prefix=b".autosync-", suffix=b"~", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out, open(source, "rb") as file:
            while piece := file.read(PIECE):
                out.write(piece)
            os.fchmod(out.fileno(), stat.S_IMODE(status.st_mode))
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, target)
    except BaseException:
        Path(os.fsdecode(name)).unlink(missing_ok=True)
        raise


def remove(full: bytes) -> None:
    """Take away a file or link that is there."""
    try:
        os.unlink(full)
    except (FileNotFoundError, NotADirectoryError):
        pass


def plain(entry: Entry) -> Entry:
    """The same, whether it is executable or not."""
    return replace(entry, mode=REGULAR[0]) if entry.regular else entry
