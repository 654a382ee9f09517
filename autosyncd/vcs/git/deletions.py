"""What the deletions of a look amount to: how much of the whole, and what was only moved."""

import asyncio
import os
from collections import Counter

from autosyncd.core.brake import AT_LEAST, Deletions, waits
from autosyncd.vcs.base import ChangeKind, Look
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.tree.disk import observe
from autosyncd.vcs.tree.entry import GITLINK

_COUNT_AT = slice(8, 12)
"""Where an index file tells how many entries it has (gitformat-index(5))."""


async def weigh(
    git: Git, layout: Layout, look: Look, max_delete: float, earlier: int = 0
) -> Deletions:
    """Count what a look deletes. As long as that is little, only the index's header is read.

    Moves are looked for where deletions of that number would have to wait.
    """
    deleted = frozenset(c.path for c in look.changes if c.kind is ChangeKind.DELETED)
    added = tuple(c.path for c in look.changes if c.kind is ChangeKind.ADDED)
    few = len(deleted) + earlier < AT_LEAST
    if few and (added or _at_most_tracked(layout) > len(deleted)):
        return Deletions(deleted, len(deleted) + 1, len(added), earlier)
    tracked = await _tracked(git, layout, deleted, frozenset(added))
    deletions = Deletions(deleted, tracked, len(added), earlier)
    if not waits(deletions, max_delete, frozenset()):
        return deletions
    moved = await _moved(git, layout, deleted, added)
    return Deletions(deleted - moved, tracked, len(added), earlier)


def _at_most_tracked(layout: Layout) -> int:
    """More entries than this can't be in the watched folder; 0 where the index does not say."""
    if layout.below:
        return 0
    try:
        with layout.index.open("rb") as index:
            return int.from_bytes(index.read(12)[_COUNT_AT], "big")
    except OSError:
        return 0


async def _tracked(
    git: Git, layout: Layout, deleted: frozenset[bytes], added: frozenset[bytes]
) -> int:
    """The files that were there, also those whose deletion is staged already.

    What a sparse checkout leaves out of the tree does not count, nor do other repositories.
    """
    folder = (layout.below,) if layout.below else ()
    out = await git.output("ls-files", "-z", "-s", "-t", "--", *folder)
    here = (line.split(b"\t", 1) for line in out.split(b"\0") if line and line[:1] != b"S")
    gitlink = b" " + GITLINK.encode() + b" "
    present = {path for facts, path in here if gitlink not in facts}
    return len((present - added) | deleted)


async def _moved(
    git: Git, layout: Layout, deleted: frozenset[bytes], added: tuple[bytes, ...]
) -> frozenset[bytes]:
    """The deleted paths of which the same content is at an added path, each one counted once."""
    if not added:
        return frozenset()
    index = PrivateIndex(git, layout, layout.own / "deletions.index")
    try:
        await index.copy()
        seen = await asyncio.to_thread(observe, os.fsencode(layout.root), added)
        await index.take(tuple(path for path in added if seen[path].content))
        await index.put((path, None) for path in deleted)
        differences = await index.differences("HEAD")
    finally:
        index.clear()
    arrived = Counter(d.new.oid for d in differences.values() if d.new and d.old is None)
    moved = set()
    for path in sorted(deleted & differences.keys()):
        old = differences[path].old
        if old and arrived[old.oid] > 0:
            arrived[old.oid] -= 1
            moved.add(path)
    return frozenset(moved)
