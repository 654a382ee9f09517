"""Copies of changed files, each taken in a moment in which the file was still."""

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.base import Change, ChangeKind, Look, Stamp, stamp
from autosyncd.vcs.tree.disk import FRESH
from autosyncd.vcs.tree.entry import SYMLINK, Entry
from autosyncd.vcs.tree.grip import bytes_id, file_mode

_BLOCK = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was at a path: None where nothing was, else `file` has the content of `entry`."""

    entry: Entry | None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The snapshots by their paths, and the paths that were not still."""

    versions: Mapping[bytes, Snapshot]
    unstable: tuple[bytes, ...]


def take(root: Path, folder: Path, look: Look) -> Taken:
    """Copy what the look's copies have, and, at its other changed paths, what is on disk, into a
    folder, which is emptied first; blocks.

    Where another version is there than the one that was judged, nothing is taken.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    versions, unstable = {}, []
    for number, change in enumerate(look.changes):
        target = folder / str(number)
        if copy := look.copies.get(change.path):
            found = _file(bytes(copy), target, copy.stat())
        else:
            found = _version(root, target, change, look.judged.get(change.path))
        if found is None:
            unstable.append(change.path)
        else:
            versions[change.path] = found
    return Taken(versions, tuple(unstable))


def _version(root: Path, target: Path, change: Change, wanted: Stamp | None) -> Snapshot | None:
    full = bytes(root) + b"/" + change.path
    try:
        status = os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return Snapshot(None) if change.kind is ChangeKind.DELETED else None
    except OSError:
        return None
    if stat.S_ISDIR(status.st_mode):
        return Snapshot(None) if change.kind is ChangeKind.DELETED else None
    if change.kind is ChangeKind.DELETED or (wanted is not None and wanted != stamp(status)):
        return None
    if time.time() - status.st_ctime_ns / 1e9 < FRESH:
        return None
    try:
        if stat.S_ISLNK(status.st_mode):
            return _link(full, target, status)
        return _file(full, target, status) if stat.S_ISREG(status.st_mode) else None
    except OSError as error:
        if error.filename == os.fspath(target):
            raise
        return None


def _link(full: bytes, target: Path, status: os.stat_result) -> Snapshot | None:
    leads_to = os.readlink(full)  # noqa: PTH115 - bytes stay bytes
    target.write_bytes(leads_to)
    same = stamp(os.lstat(full)) == stamp(status)
    return Snapshot(Entry(SYMLINK, bytes_id(leads_to, "sha1")), target) if same else None


def _file(full: bytes, target: Path, status: os.stat_result) -> Snapshot | None:
    descriptor = os.open(full, _READ)
    with os.fdopen(descriptor, "rb", buffering=0) as source, target.open("xb") as out:
        if stamp(os.fstat(descriptor)) != stamp(status):
            return None
        digest = hashlib.sha1(b"blob %d\0" % status.st_size, usedforsecurity=False)
        size = 0
        while block := source.read(_BLOCK):
            digest.update(block)
            out.write(block)
            size += len(block)
        if size != status.st_size or stamp(os.fstat(descriptor)) != stamp(status):
            return None
    if stamp(os.lstat(full)) != stamp(status):
        return None
    return Snapshot(Entry(file_mode(status.st_mode), digest.hexdigest()), target)
