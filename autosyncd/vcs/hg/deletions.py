"""What the deletions of a look amount to: how much of the whole, and what was only moved."""

import asyncio
from collections import Counter

from autosyncd.core.brake import AT_LEAST, Deletions, waits
from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.hg.command import Hg, text
from autosyncd.vcs.hg.commit import entries_at
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.snapshot import take


async def weigh(
    hg: Hg, layout: Layout, head: str | None, look: Look, max_delete: float, earlier: int
) -> Deletions:
    """Count what a look deletes; where that would have to wait, moves are looked for."""
    gone = frozenset(c.path for c in look.changes if c.kind is ChangeKind.DELETED)
    added = tuple(c for c in look.changes if c.kind is ChangeKind.ADDED)
    if len(gone) + earlier < AT_LEAST and added:
        return Deletions(gone, len(gone) + 1, len(added), earlier)
    tracked = await hg.ask("count", below=text(layout.below))
    deletions = Deletions(gone, tracked, len(added), earlier)
    if not added or not waits(deletions, max_delete, frozenset()):
        return deletions
    moved = await _moved(hg, layout, head, gone, added)
    return Deletions(gone - moved, tracked, len(added), earlier)


async def _moved(
    hg: Hg,
    layout: Layout,
    head: str | None,
    gone: frozenset[bytes],
    added: tuple[Change, ...],
) -> frozenset[bytes]:
    """The deleted paths of which the same content is at an added path, each one counted once."""
    taken = await asyncio.to_thread(take, layout.root, layout.own / "weighed", Look(added))
    arrived = Counter(v.entry.oid for v in taken.versions.values() if v.entry)
    moved = set()
    for path, entry in (await entries_at(hg, head, sorted(gone))).items():
        if arrived[entry.oid] > 0:
            arrived[entry.oid] -= 1
            moved.add(path)
    return frozenset(moved)
