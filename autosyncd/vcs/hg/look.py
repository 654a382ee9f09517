"""Finding out what differs from the last commit, and what of that may be committed."""

import asyncio
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autosyncd.core.ignoring import Patterns
from autosyncd.vcs.base import Change, ChangeKind, Left, Look
from autosyncd.vcs.hg.command import Hg, raw, text
from autosyncd.vcs.hg.exclude import excluded
from autosyncd.vcs.hg.layout import CONTROL, Layout
from autosyncd.vcs.merging.conflict_names import parents
from autosyncd.vcs.tree.disk import Seen, What, observe
from autosyncd.vcs.tree.displaced import AREA
from autosyncd.vcs.tree.saving import being_saved
from autosyncd.vcs.tree.scope import scope

_RESERVED = (b".hg", b".hg.")
_KINDS = {
    "modified": ChangeKind.MODIFIED,
    "added": ChangeKind.ADDED,
    "deleted": ChangeKind.DELETED,
}


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at one working tree; `patterns` are relative to the watched folder."""

    hg: Hg
    layout: Layout
    patterns: Patterns

    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit, at or below `paths` only, or everywhere."""
        wanted = scope(paths, self.layout.below)
        if wanted == ():
            return Look()
        listed = await self.hg.ask("status", paths=[text(path) for path in wanted or ()])
        tracked = {raw(path) for path in listed["tracked"]}
        found = [Change(raw(path), kind) for name, kind in _KINDS.items() for path in listed[name]]
        inner = {raw(path) for path in listed["repositories"]}
        found = [change for change in found if inner.isdisjoint(parents(change.path))]
        return await asyncio.to_thread(self._judge, found, tracked, inner)

    def _judge(self, found: Iterable[Change], tracked: set[bytes], inner: set[bytes]) -> Look:
        aside = excluded(self.layout)
        ours = {c.path: c for c in found if c.path in tracked or not self._uninteresting(c, aside)}
        foreign = self._foreign(ours.values())
        others = (
            _repository(path) for path in inner if not self._ignored(path, aside, is_dir=True)
        )
        left = {entry.path: entry for entry in (*foreign.values(), *others)}
        ours = {path: change for path, change in ours.items() if path not in foreign}
        seen = observe(os.fsencode(self.layout.root), ours)
        now = time.time()
        left |= {p: entry for p, c in ours.items() if (entry := _unfit(c, seen[p]))}
        changes = {path: change for path, change in ours.items() if path not in left}
        root = os.fsencode(self.layout.root)
        saved = being_saved(root, changes.values(), seen, self.patterns, self._cut)
        moving = {path for path, c in changes.items() if _moving(c, seen[path], now)}
        unstable = (moving | saved.replaced) - saved.passing.keys()
        apart = unstable | saved.passing.keys()
        return Look(
            tuple(change for path, change in changes.items() if path not in apart),
            tuple(unstable),
            tuple(left.values()),
            passing=saved.passing,
        )

    @property
    def _cut(self) -> int:
        """The length of what leads from the root to the watched folder."""
        return len(self.layout.below) + 1 if self.layout.below else 0

    def _uninteresting(self, change: Change, aside: frozenset[bytes]) -> bool:
        """What was never tracked, and the configuration ignores, or we made or moved aside."""
        parts = change.path.split(b"/")
        if change.kind is not ChangeKind.ADDED:
            return False
        if AREA in parts or any(part in CONTROL for part in parts):
            return True
        return self._ignored(change.path, aside)

    def _ignored(self, path: bytes, aside: frozenset[bytes], *, is_dir: bool = False) -> bool:
        if aside and (path in aside or not aside.isdisjoint(parents(path))):
            return True
        return self.patterns.covers(path[self._cut :], is_dir=is_dir)

    def _foreign(self, changes: Iterable[Change]) -> Mapping[bytes, Left]:
        """New files inside of other repositories, each with the entry that says so."""
        inside: dict[bytes, bytes | None] = {b"": None}
        return {
            change.path: _repository(repository)
            for change in changes
            if change.kind is ChangeKind.ADDED
            and (repository := self._repository_around(change.path.rpartition(b"/")[0], inside))
        }

    def _repository_around(self, folder: bytes, inside: dict[bytes, bytes | None]) -> bytes | None:
        if folder not in inside:
            outer = self._repository_around(folder.rpartition(b"/")[0], inside)
            full = os.fsencode(self.layout.root) + b"/" + folder
            own = any(os.path.lexists(full + b"/" + name) for name in CONTROL)
            inside[folder] = outer or (folder if own else None)
        return inside[folder]


def _repository(path: bytes) -> Left:
    hint = "put it under autosync itself, or ignore it"
    return Left(path, "it is a repository of its own", hint)


def _unfit(change: Change, there: Seen) -> Left | None:
    """Why what is on disk can't be committed, if it can't."""
    if b"\n" in change.path or b"\r" in change.path:
        return Left(change.path, "Mercurial takes no line breaks in names", "rename it")
    if any(part.lower() in _RESERVED for part in change.path.split(b"/")):
        return Left(change.path, "Mercurial takes no such name", "rename it")
    match there.what:
        case What.OTHER:
            return Left(change.path, "it is no file but a pipe, socket or device", "ignore it")
        case What.UNREADABLE:
            return Left(change.path, f"it can't be read: {there.why}", "allow this user to read it")
        case _:
            return None


def _moving(change: Change, there: Seen, now: float) -> bool:
    """Whether what is on disk is too new, or not what was reported any more."""
    if there.fresh(now):
        return True
    return there.content if change.kind is ChangeKind.DELETED else not there.content
