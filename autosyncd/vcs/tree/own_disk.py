"""Whether a folder is on a disk of this machine: nobody elsewhere can be at work there then."""

import ctypes
import os
from pathlib import Path

_ANYWHERE = frozenset(
    {
        *(0x6969, 0xFE534D42, 0xFF534D42, 0x517B, 0x01021997, 0x65735546, 0x00C36400),
        *(0x5346414F, 0x6B414653, 0x0BD00BD0, 0x73757245, 0x01161970, 0x7461636F, 0x786F4256),
    }
)
"""f_type of statfs(2): NFS, SMB, 9P, FUSE, Ceph, AFS, Lustre, Coda, GFS2, OCFS2, VirtualBox."""

_libc = ctypes.CDLL(None, use_errno=True)


def on_own_disk(folder: Path) -> bool:
    """Whether no other machine can be writing on the file system; unknown counts as no."""
    answer = (ctypes.c_long * 64)()
    if _libc.statfs(os.fsencode(folder), ctypes.byref(answer)):
        return False
    return answer[0] & 0xFFFFFFFF not in _ANYWHERE
