"""Taking changed files from the disk into a private index, each in a moment in which it was still.

A path counts as read only if its signature was the same before and after; one that changed in
between is dropped, and the rest is read again without it.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.base import Change, ChangeKind, Look, Stamp
from autosyncd.vcs.git.outside_versions import take_outside
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.tree.disk import FRESH, Seen, What, observe
from autosyncd.vcs.tree.durable import flush_files
from autosyncd.vcs.tree.entry import Difference

RESTS = (FRESH, FRESH, 0.1, 0.5, 2.0)
"""Seconds for which a file must have rested, for each try: what is written now and then falls out,
and keeps the others waiting no longer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How each path gets into the index: `take` from disk, `drop` without asking the disk."""

    take: tuple[bytes, ...] = ()
    drop: tuple[bytes, ...] = ()
    unstable: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Gathered:
    """What became of the paths; `refused` ones with git's reason."""

    seen: Mapping[bytes, Seen]
    unstable: set[bytes] = field(default_factory=set)
    refused: dict[bytes, str] = field(default_factory=dict)


async def gather(
    index: PrivateIndex,
    look: Look,
    tree: str,
    staged: Mapping[bytes, Difference],
    at: Callable[[str], None],
) -> Gathered:
    """Bring `index`, made of `tree`, to what is in the look's copies and, at its other changed
    paths, on disk; nothing but what was judged."""
    result = await _from_disk(index, look, staged, at)
    copies = {c.path: look.copies[c.path] for c in look.changes if c.path in look.copies}
    result.unstable |= await take_outside(index, tree, copies)
    return result


async def _from_disk(
    index: PrivateIndex, look: Look, staged: Mapping[bytes, Difference], at: Callable[[str], None]
) -> Gathered:
    root = os.fsencode(index.layout.root)
    left = {change.path: change for change in look.changes if change.path not in look.copies}
    result = Gathered(seen={})
    for attempt, rest in enumerate(RESTS):
        if attempt:
            await index.copy()
        before = await asyncio.to_thread(observe, root, left)
        result.seen = {**result.seen, **before}
        for path in _unjudged(before, look.judged):
            result.unstable.add(path)
            del left[path]
        plan = plan_for(left.values(), before, staged, time.time(), rest)
        result.unstable.update(plan.unstable)
        await index.put((path, None) for path in plan.drop)
        result.refused |= await index.take(plan.take)
        at("hashed")
        after = await asyncio.to_thread(_flushed, index.layout.root, plan.take)
        moved = {path for path in plan.take if after[path] != before[path]}
        if not moved:
            return result
        result.unstable |= moved
        gone = moved | result.refused.keys() | set(plan.unstable)
        left = {path: change for path, change in left.items() if path not in gone}
    raise RetryError("the files change faster than they can be read", hint="this passes by itself")


def _flushed(root: Path, paths: tuple[bytes, ...]) -> dict[bytes, Seen]:
    """What is at each path, on the disk for sure: before the commit is, that could be lost."""
    flush_files(root, paths)
    return observe(os.fsencode(root), paths)


def _unjudged(seen: Mapping[bytes, Seen], judged: Mapping[bytes, Stamp]) -> list[bytes]:
    """Where there is another version by now than the one that was found fit."""
    return [path for path, there in seen.items() if path in judged and there.stamp != judged[path]]


def plan_for(
    changes: Iterable[Change],
    seen: Mapping[bytes, Seen],
    staged: Mapping[bytes, Difference],
    now: float,
    rest: float = FRESH,
) -> Plan:
    """Decide from what is on disk, which may have changed since somebody looked; it must have
    rested for `rest` seconds."""
    take: list[bytes] = []
    drop: list[bytes] = []
    unstable: list[bytes] = []
    for change in sorted(changes, key=lambda change: change.path):
        there = seen[change.path]
        untracked_by_hand = change.path in staged and staged[change.path].new is None
        if there.fresh(now, rest):
            unstable.append(change.path)
        elif there.content:
            deleted = change.kind is ChangeKind.DELETED
            where = take if not deleted else drop if untracked_by_hand else unstable
            where.append(change.path)
        elif change.kind is not ChangeKind.DELETED:
            unstable.append(change.path)
        elif there.what is What.MISSING:
            take.append(change.path)
        elif there.what in (What.FOLDER, What.BEYOND_LINK):
            drop.append(change.path)
        else:
            unstable.append(change.path)
    return Plan(tuple(take), tuple(drop), tuple(unstable))
