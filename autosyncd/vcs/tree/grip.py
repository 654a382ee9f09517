"""What is at a path right now: read, and held so that nobody writes it unnoticed."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from autosyncd.vcs.tree.entry import SYMLINK, Entry
from autosyncd.vcs.tree.place import BlockedError, Place, Why
from autosyncd.vcs.tree.signature import Signature, signature
from autosyncd.vcs.tree.syscalls import Lease, lease_unbroken, take_lease

_BLOCK = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Kind(Enum):
    """What can be at a path."""

    ABSENT = "nothing"
    FILE = "file"
    LINK = "symbolic link"
    FOLDER = "folder"
    ODD = "pipe, socket or device"


@dataclass(frozen=True, slots=True)
class Grip:
    """What is at a path. For files and links `entry` is what git would store without filters.

    `descriptor` is open on a file; with `lease` HELD nobody has begun to write it since, as long
    as `steady()` is true.
    """

    kind: Kind
    signature: Signature | None = None
    entry: Entry | None = None
    descriptor: int | None = None
    lease: Lease = Lease.UNAVAILABLE

    def steady(self) -> bool:
        """Whether nobody has written the file since, nor waits to do so."""
        if self.descriptor is None or self.signature is None:
            return True
        if self.lease is Lease.HELD and not lease_unbroken(self.descriptor):
            return False
        return signature(os.fstat(self.descriptor)).unwritten(self.signature)


NOTHING = Grip(Kind.ABSENT)


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@contextmanager
def hold(place: Place, object_format: str, *, lease: bool) -> Iterator[Grip]:
    """Look at a place and hold on to what is there. Raises BlockedError."""
    try:
        status = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        yield NOTHING
        return
    if stat.S_ISREG(status.st_mode):
        descriptor = _open(place)
        try:
            yield _file(descriptor, object_format, lease=lease)
        finally:
            os.close(descriptor)
    elif stat.S_ISLNK(status.st_mode):
        yield _link(place, status, object_format)
    else:
        yield Grip(Kind.FOLDER if stat.S_ISDIR(status.st_mode) else Kind.ODD)


def _open(place: Place) -> int:
    try:
        descriptor = os.open(place.name, _READ, dir_fd=place.folder)
    except OSError as error:
        raise BlockedError(_why_not_opened(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BlockedError(Why.USER_EDIT)
    return descriptor


def _why_not_opened(error: OSError) -> Why:
    match error.errno:
        case errno.ENOENT:
            return Why.VANISHED
        case errno.ELOOP:
            return Why.USER_EDIT
        case errno.EAGAIN:
            return Why.OPEN_FOR_WRITING
        case _:
            return Why.UNREADABLE


def _file(descriptor: int, object_format: str, *, lease: bool) -> Grip:
    granted = take_lease(descriptor) if lease else Lease.UNAVAILABLE
    status = os.fstat(descriptor)
    try:
        oid = blob_id(descriptor, status.st_size, object_format)
    except OSError as error:
        raise BlockedError(Why.UNREADABLE) from error
    entry = Entry(file_mode(status.st_mode), oid)
    return Grip(Kind.FILE, signature(status), entry, descriptor, granted)


def _link(place: Place, status: os.stat_result, object_format: str) -> Grip:
    try:
        target = os.readlink(place.name, dir_fd=place.folder)
    except OSError as error:
        raise BlockedError(Why.USER_EDIT) from error
    entry = Entry(SYMLINK, bytes_id(target, object_format))
    return Grip(Kind.LINK, signature(status), entry)


def file_mode(mode: int) -> str:
    """The mode that git stores for a regular file."""
    return "100755" if mode & stat.S_IXUSR else "100644"


def blob_id(descriptor: int, size: int, object_format: str) -> str:
    """The id of the blob with the file's first `size` bytes; empty if the file is not that long."""
    digest = _begin(size, object_format)
    offset = 0
    while offset < size:
        block = os.pread(descriptor, min(_BLOCK, size - offset), offset)
        if not block:
            return ""
        digest.update(block)
        offset += len(block)
    return digest.hexdigest()


def bytes_id(data: bytes, object_format: str) -> str:
    """The id of the blob with these bytes."""
    digest = _begin(len(data), object_format)
    digest.update(data)
    return digest.hexdigest()


def _begin(size: int, object_format: str) -> _Hash:
    # git's object ids are what they are; nothing here relies on them being hard to forge.
    digest = hashlib.new(object_format, usedforsecurity=False)
    digest.update(b"blob %d\0" % size)
    return digest
