"""Clears up after an update of the working tree that a crash interrupted."""

import asyncio
import os
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.displaced import Generation, generation_named, generations
from autosyncd.vcs.git.index_update import drop_private_indexes
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import locked
from autosyncd.vcs.git.place import BlockedError, place_of
from autosyncd.vcs.git.syscalls import probe, rename_new
from autosyncd.vcs.git.update_journal import drop_draft, drop_journal, read_journal, stands_at


async def recover_move(git: Git, layout: Layout) -> str | None:
    """Clear up after an update that was interrupted; to be called before anything else.

    Returns the commit to move on to, or None if there is no such update or HEAD moved since.
    """
    await asyncio.to_thread(_clear_up, layout)
    journal = read_journal(layout)
    if journal is None:
        return None
    if not await stands_at(git, journal.branch, journal.old):
        drop_journal(layout)
        return None
    await asyncio.to_thread(_put_back, layout, generation_named(layout, journal.generation))
    return journal.new


def _clear_up(layout: Layout) -> None:
    _release_lock(layout)
    drop_draft(layout)
    drop_private_indexes(layout)
    for generation in generations(layout):
        generation.drop_incomplete()


def _release_lock(layout: Layout) -> None:
    """Take over the lock of a dead daemon, so that the user's git is not kept out by it."""
    try:
        with locked(layout.index):
            pass
    except RetryError:
        pass  # somebody else's


def _put_back(layout: Layout, generation: Generation) -> None:
    """Where names can't be exchanged, a crash may have left one empty: give it its file back."""
    manifest = generation.manifest()
    if manifest is None:
        return
    noreplace = probe(layout.own).noreplace
    root = os.open(layout.root, os.O_PATH | os.O_DIRECTORY)
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
