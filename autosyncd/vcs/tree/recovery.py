"""Clears up in the tree after an update that a crash interrupted."""

import os
from pathlib import Path

from autosyncd.vcs.tree.displaced import Generation
from autosyncd.vcs.tree.home import Home
from autosyncd.vcs.tree.place import BlockedError, place_of
from autosyncd.vcs.tree.syscalls import probe, rename_new


def put_back(home: Home, generation: Generation) -> None:
    """Where names can't be exchanged, a crash may have left one empty: give it its file back."""
    manifest = generation.manifest()
    if manifest is None:
        return
    noreplace = probe(home.own).noreplace
    root = os.open(home.root, os.O_PATH | os.O_DIRECTORY)
    try:
        for step in manifest.steps:
            if step.new and os.path.lexists(generation.out(step)):
                _put_back_step(root, generation.out(step), step.path, noreplace=noreplace)
    finally:
        os.close(root)


def _put_back_step(root: int, out: Path, path: bytes, *, noreplace: bool) -> None:
    try:
        with place_of(root, path) as place:
            rename_new(out, place.folder, place.name, noreplace=noreplace)
    except (OSError, BlockedError):
        pass  # the name is taken again; the sweep looks at the file
