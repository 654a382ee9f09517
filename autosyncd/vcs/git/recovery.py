"""Clears up after an update of the working tree that a crash interrupted."""

import asyncio

from autosyncd.errors import RetryError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.index_update import drop_private_indexes
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import locked
from autosyncd.vcs.git.refs import stands_at
from autosyncd.vcs.tree.displaced import generation_named, generations
from autosyncd.vcs.tree.recovery import put_back
from autosyncd.vcs.tree.update_journal import drop_draft, drop_journal, read_journal


async def recover_move(git: Git, layout: Layout) -> str | None:
    """Clear up after an update that was interrupted; to be called before anything else.

    Returns the commit to move on to, or None if there is no such update or HEAD moved since.
    """
    await asyncio.to_thread(_clear_up, layout)
    journal = read_journal(layout)
    if journal is None:
        return None
    if not await stands_at(git, layout, journal.branch, journal.old):
        drop_journal(layout)
        return None
    await asyncio.to_thread(put_back, layout, generation_named(layout, journal.generation))
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
