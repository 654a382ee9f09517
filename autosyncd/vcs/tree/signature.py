"""A file's stat data, by which we recognise what we wrote, and that nobody touched it since."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Signature:
    """Any write, chmod or rename of a file changes at least `ctime_ns`; times in nanoseconds."""

    ino: int
    mode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    def unwritten(self, other: "Signature") -> bool:
        """Whether both are the same file with the same bytes; a rename in between is fine."""
        return (self.ino, self.size, self.mtime_ns) == (
            other.ino,
            other.size,
            other.mtime_ns,
        )


def signature(status: os.stat_result) -> Signature:
    """The signature in a stat result."""
    return Signature(
        status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    )


def signature_at(path: bytes | Path, folder: int | None = None) -> Signature | None:
    """The signature of `path` itself (not of what it points to); None if there is nothing."""
    try:
        return signature(os.stat(path, dir_fd=folder, follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return None
