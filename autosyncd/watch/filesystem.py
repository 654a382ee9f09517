"""Which file systems change without this machine's kernel seeing it."""

import os
from pathlib import Path

from autosyncd.core.mounts import unescaped
from autosyncd.watch.mounting import MOUNTINFO

_REMOTE = frozenset(
    {
        *(b"9p", b"acfs", b"afs", b"beegfs", b"ceph", b"cifs", b"coda", b"cvfs", b"fhgfs", b"fuse"),
        *(b"gfs2", b"gpfs", b"lustre", b"ncpfs", b"nfs", b"nfs4", b"ocfs2", b"orangefs", b"prl_fs"),
        *(b"pvfs2", b"smb2", b"smb3", b"smbfs", b"vboxsf", b"virtiofs", b"vmhgfs"),
    }
)
"""Network, cluster and virtual machine file systems, and FUSE, behind which anything may be.
`fuseblk` is a local disk (NTFS): all its changes go through this kernel."""


_COUNTING = frozenset({b"ext2", b"ext3", b"ext4", b"f2fs", b"tmpfs", b"xfs"})
"""Where a folder has two links and one more for each folder in it, as POSIX once said."""


def counting_device(path: Path) -> int | None:
    """The device number of the file system at `path`, if folders without any folder in them can be
    told there by their two links; else None."""
    try:
        kind = mount_type(MOUNTINFO.read_bytes(), os.fsencode(os.path.realpath(path)))
        return path.stat().st_dev if kind in _COUNTING else None
    except OSError:
        return None


def needs_polling(path: Path) -> bool:
    """Whether `path` is on a network or FUSE file system, where inotify misses changes."""
    kind = kind_at(path)
    return kind in _REMOTE or kind.startswith(b"fuse.")


def kind_at(path: Path) -> bytes:
    """The type of the file system at a path; empty where nobody can tell."""
    try:
        mounts = MOUNTINFO.read_bytes()
    except OSError:
        return b""
    return mount_type(mounts, os.fsencode(os.path.realpath(path)))


def mount_type(mounts: bytes, path: bytes) -> bytes:
    """The type of the file system at an absolute path, by the text of mountinfo (proc(5)).

    Of mounts on the same folder the last one hides the others. Empty if there is none.
    """
    best, kind = b"", b""
    for line in mounts.split(b"\n"):
        fields = line.split(b" ")
        if len(fields) < 7 or b"-" not in fields[6:]:
            continue
        point = unescaped(fields[4])
        if len(point) >= len(best) and _holds(point, path):
            best, kind = point, fields[fields.index(b"-", 6) + 1]
    return kind


def mount_points(mounts: bytes) -> frozenset[tuple[bytes, bytes]]:
    """The mounts in the text of mountinfo: their numbers, and where they are."""
    lines = (line.split(b" ", 5) for line in mounts.split(b"\n"))
    return frozenset((fields[0], unescaped(fields[4])) for fields in lines if len(fields) == 6)


def lies_in(path: bytes, folder: bytes) -> bool:
    """Whether an absolute path is a folder or lies in it."""
    return _holds(folder, path)


def _holds(point: bytes, path: bytes) -> bool:
    return path == point or path.startswith(point.rstrip(b"/") + b"/")
