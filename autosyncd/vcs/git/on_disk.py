"""How large versions of files are on disk, where filters make more of them for git to store."""

import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from autosyncd.vcs.git.clean import clean_ids
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.oversize import Blob


async def as_on_disk(git: Git, root: Path, blobs: Iterable[Blob]) -> tuple[Blob, ...]:
    """The same with the smaller one of both sizes, where a file is still that version.

    What is looked at later is the file: an encrypting filter adds some bytes, and so the very file
    that was refused would seem to be small enough.
    """
    every = tuple(blobs)
    sizes = {blob.path: _size(root / os.fsdecode(blob.path)) for blob in every}
    there = tuple(path for path, size in sizes.items() if size is not None)
    stored = dict(zip(there, await clean_ids(git, there), strict=True))
    return tuple(
        replace(blob, size=min(blob.size, size))
        if (size := sizes[blob.path]) is not None and stored[blob.path] == blob.oid
        else blob
        for blob in every
    )


def _size(file: Path) -> int | None:
    try:
        status = file.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
