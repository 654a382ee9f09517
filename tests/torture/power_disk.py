"""A disk whose power can be cut: a file system in a file, in a mount namespace of one's own.

It is shut down as the file systems' own tests do it (EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN in the
kernel's `fs/ext4/ext4.h` and `fs/xfs/libxfs/xfs_fs.h`): what was not flushed never arrives, not
even the journal. Mounted again, the journal is replayed as after a real power cut.
"""

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

MAKE = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}
SIZE = 320 << 20
"""Bytes; xfs takes no fewer than 300 MB. The file is sparse."""

PATIENCE = 60.0

_SHUTDOWN = 0x8004587D
"""_IOR('X', 125, __u32), the same for both."""

_WITHOUT_LOG = 2
"""EXT4_GOING_FLAGS_NOLOGFLUSH, XFS_FSOP_GOING_FLAGS_NOLOGFLUSH."""


class PowerDisk:
    """A file system of a `kind` at `place/disk`."""

    def __init__(self, place: Path, kind: str) -> None:
        self.folder = place / "disk"
        self._image = place / "disk.image"
        self._kind = kind
        self.folder.mkdir()
        self._image.touch()
        os.truncate(self._image, SIZE)
        subprocess.run([*MAKE[kind], str(self._image)], check=True)

    def turn_on(self) -> None:
        """Mount it; what the last power cut left is repaired by the kernel."""
        command = ["mount", "-t", self._kind, "-o", "loop", str(self._image), str(self.folder)]
        subprocess.run(command, check=True)

    def cut_power(self) -> None:
        """From now on nothing reaches the disk any more."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _WITHOUT_LOG))
        finally:
            os.close(descriptor)

    def take_out(self) -> None:
        """Unmount it, as soon as the last program that was using it has come to its end."""
        limit = time.monotonic() + PATIENCE
        while (done := _unmount(self.folder)).returncode:
            assert time.monotonic() < limit, done.stderr
            time.sleep(0.01)


def _unmount(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["umount", str(folder)], capture_output=True, text=True, check=False)
