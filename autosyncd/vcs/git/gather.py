"""Taking changed files from the disk into a private index, each in a moment in which it was still.

A path counts as read only if its signature was the same before and after; one that changed in
between is dropped, and the rest is read again without it.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from autosyncd.errors import RetryError
from autosyncd.vcs.base import Change, ChangeKind, Stamp
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.tree.disk import Seen, What, observe
from autosyncd.vcs.tree.entry import Difference

TRIES = 5


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
    changes: tuple[Change, ...],
    staged: Mapping[bytes, Difference],
    at: Callable[[str], None],
    judged: Mapping[bytes, Stamp] | None = None,
) -> Gathered:
    """Bring `index` to what is on disk at the changed paths, and nothing but what was `judged`."""
    root = os.fsencode(index.layout.root)
    left = {change.path: change for change in changes}
    result = Gathered(seen={})
    for attempt in range(TRIES):
        if attempt:
            await index.copy()
        before = await asyncio.to_thread(observe, root, left)
        result.seen = {**result.seen, **before}
        for path in _unjudged(before, judged or {}):
            result.unstable.add(path)
            del left[path]
        plan = plan_for(left.values(), before, staged, time.time())
        result.unstable.update(plan.unstable)
        await index.put((path, None) for path in plan.drop)
        result.refused |= await index.take(plan.take)
        at("hashed")
        after = await asyncio.to_thread(observe, root, plan.take)
        moved = {path for path in plan.take if after[path] != before[path]}
        if not moved:
            return result
        result.unstable |= moved
        gone = moved | result.refused.keys() | set(plan.unstable)
        left = {path: change for path, change in left.items() if path not in gone}
    raise RetryError("the files change faster than they can be read", hint="this passes by itself")


def _unjudged(seen: Mapping[bytes, Seen], judged: Mapping[bytes, Stamp]) -> list[bytes]:
    """Where there is another version by now than the one that was found fit."""
    return [path for path, there in seen.items() if path in judged and there.stamp != judged[path]]


def plan_for(
    changes: Iterable[Change],
    seen: Mapping[bytes, Seen],
    staged: Mapping[bytes, Difference],
    now: float,
) -> Plan:
    """Decide from what is on disk, which may have changed since somebody looked."""
    take: list[bytes] = []
    drop: list[bytes] = []
    unstable: list[bytes] = []
    for change in sorted(changes, key=lambda change: change.path):
        there = seen[change.path]
        untracked_by_hand = change.path in staged and staged[change.path].new is None
        if there.fresh(now):
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
