"""Files that never rest: what is committed of them, how often, and when people are told."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autosyncd.core.changes import Change, ChangeKind
from autosyncd.core.covering import within
from autosyncd.core.restless import Restless
from autosyncd.vcs.base import Left, Look, Repository
from autosyncd.vcs.tree.still_copy import drop_copies, take_copies
from autosyncd.worker.guard import Guard
from autosyncd.worker.hints import Hinted

MOST = 100
"""Copies made for one look; the others have their turn at the next one."""


class Steady:
    """Has a file that changes on and on committed every `max_settle` seconds, by a copy of what it
    was at one moment. Times are on the loop's clock."""

    def __init__(self, repository: Repository, guard: Guard, max_settle: float) -> None:
        self._root = repository.root
        self._folder = repository.copies_in
        self._guard = guard
        self._max_settle = max_settle
        self._restless = Restless()
        self._copies: Mapping[bytes, Path] | None = None

    async def copied(self, look: Look, hinted: Hinted, now: float) -> Look:
        """The look with copies of what has been changing for long enough; they stay until `drop`.

        What is too large needs no copy to be found so.
        """
        due = self._due(look, hinted, now)
        if self._folder is None or not due:
            return look
        try:
            return await self._with_copies(look, due, self._folder)
        except OSError:
            return look  # a full disk, or one that can't be written: the commit itself says so

    async def _with_copies(self, look: Look, due: list[bytes], folder: Path) -> Look:
        large = {path for path in due if not self._guard.admits(self._root, path)}
        wanted = [path for path in due if path not in large][:MOST]
        copies = await asyncio.to_thread(take_copies, self._root, folder, wanted)
        self._copies, ours = copies, large | copies.keys()
        others = tuple(change for change in look.changes if change.path not in ours)
        mine = tuple(Change(path, ChangeKind.MODIFIED) for path in due if path in ours)
        return replace(look, changes=others + mine, copies=copies)

    async def drop(self) -> None:
        """The copies of the last look are not needed any more."""
        copies, self._copies = self._copies, None
        if self._folder is not None and copies is not None:
            await asyncio.to_thread(drop_copies, self._folder)

    def looked(self, hinted: Hinted, changing: tuple[bytes, ...], now: float) -> tuple[Left, ...]:
        """These were changing at the look. Returns what could not be read for so long that people
        should know."""
        since = {path: _earlier(hinted.first(path), now) for path in changing}
        self._restless.looked(lambda path: within(path, hinted.paths), since)
        for path in self._copies or ():
            self._restless.read(path, now)
        return tuple(map(_never_still, self._restless.longer_than(1.5 * self._max_settle, now)))

    def _due(self, look: Look, hinted: Hinted, now: float) -> list[bytes]:
        """What has been changing for half of `max_settle` or longer, the longest first.

        A look comes `max_settle` after the first change, which was perhaps that of another file.
        """
        since = {path: self._restless.since(path) for path in (c.path for c in look.changes)}
        since |= {p: self._restless.since(p) or hinted.first(p) for p in look.unstable}
        longest = now - self._max_settle / 2
        due = {path: at for path, at in since.items() if at is not None and at <= longest}
        return sorted(due, key=due.__getitem__)


def _earlier(first: float | None, now: float) -> float:
    return now if first is None else min(first, now)


def _never_still(path: bytes) -> Left:
    return Left(
        path,
        "it is written all the time, and was never still for long enough to be read",
        "close the program that writes it, or ignore it; it is committed as soon as it rests",
    )
