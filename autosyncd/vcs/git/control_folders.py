"""git's own folders, as far as what happens in them says where a repository stands."""

import os
from pathlib import Path

from autosyncd.vcs.git.layout import Layout

_SILENT = frozenset(
    {
        *(b"autosync", b"objects", b"hooks", b"branches", b"lfs", b"modules"),
        *(b"FETCH_HEAD", b"ORIG_HEAD", b"COMMIT_EDITMSG", b"gc.pid", b"gc.log", b"description"),
    }
)
"""Entries of git's folder that say nothing about where the repository stands."""


def control_folders(layout: Layout) -> tuple[Path, ...]:
    """git's own folder and those of the branches, whose names may have slashes."""
    heads = layout.common_dir / "refs" / "heads"
    nested = [Path(folder) for folder, _, _ in os.walk(heads)]
    every = (layout.git_dir, layout.common_dir, *nested)
    return tuple(dict.fromkeys(folder for folder in every if folder.is_dir()))


def tells_of_use(name: bytes) -> bool:
    """Whether a changed entry of such a folder says that the user used git."""
    return not name.endswith((b".lock", b".autosync")) and name not in _SILENT
