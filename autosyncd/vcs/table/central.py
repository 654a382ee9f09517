"""Tools without commits of one's own: what the server has is merged with what is in the tree.

The tool itself never merges a file: a path that both sides changed is first made what it was in
the last commit, its version saved beside it; then comes what the server has; then both are
merged. So no conflict of the tool's own can arise, and no marker.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import Change, ChangeKind
from autosyncd.vcs.merging.conflict_names import copy_name
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.table.changes import list_changes
from autosyncd.vcs.table.combine import Combined, Side, apply, combine, prune, side_of
from autosyncd.vcs.table.contents import copy_over, entry_at, remove
from autosyncd.vcs.table.incoming import Incoming, check_reach, pull
from autosyncd.vcs.table.paths import inside
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool
from autosyncd.vcs.tree.entry import Entry


class Meeting:
    """One update of a tree in which changes wait that are not committed."""

    def __init__(self, tool: Tool, scope: Scope, policy: Policy, values: dict[str, bytes]) -> None:
        self._tool = tool
        self._scope = scope
        self._policy = policy
        self._values = values
        self._new: frozenset[bytes] = frozenset()
        self._unknown: frozenset[bytes] = frozenset()

    async def take_in(self, changes: Sequence[Change], incoming: Incoming) -> Combined:
        """Update the tree; these are its changes. Returns what became of them. Raises
        NeedsUserError where the user wants to merge by hand; then nothing was touched."""
        ours = _concerned(changes, incoming)
        if stopped := sorted(path for path in ours if self._policy.of(path) == "stop"):
            raise NeedsUserError(
                f"this machine and another changed the same things: {_listed(stopped)}",
                hint="both sides are untouched; update and merge by hand",
            )
        others = _overlapping(ours, incoming.paths)
        await check_reach(self._tool, self._scope, incoming, ours)
        with TemporaryDirectory(prefix="autosync-") as name:
            folder = Path(name)
            saved, right = await asyncio.to_thread(self._save, ours, others, folder)
            added = {p for p in others if p in self._new and not entry_at(self._scope.full(p))}
            await self._revert(sorted({*ours, *added}))
            base = await asyncio.to_thread(self._base, ours, folder)
            await pull(self._tool, self._scope, incoming, self._values)
            there = await asyncio.to_thread(side_of, self._scope.root, {*ours, *others})
            left = await asyncio.to_thread(_kept, there, folder)
            combined = await combine(base, left, right, Policy(), folder, left_wins=True)
            await asyncio.to_thread(self._finish, combined, left, saved)
            return combined

    def _save(
        self, ours: Sequence[bytes], others: frozenset[bytes], folder: Path
    ) -> tuple[dict[bytes, Entry], Side]:
        """Our versions as conflict copies, so that a crash loses none, and for the merge."""
        saved: dict[bytes, Entry] = {}
        right = Side()
        for number, path in enumerate(ours):
            entry = entry_at(self._scope.full(path))
            if entry is None:
                continue
            name = self._free_name(_outside(path, self._new, others), entry)
            copy_over(self._scope.full(path), self._scope.full(name))
            saved[name] = entry
            place = os.path.join(os.fsencode(folder), b"right-%d" % number)
            copy_over(self._scope.full(path), place)
            right.add(path, place)
        return saved, right

    def _free_name(self, path: bytes, entry: Entry) -> bytes:
        attempt = 0
        while there := entry_at(self._scope.full(name := copy_name(path, entry.oid, attempt))):
            if there.oid == entry.oid:
                break
            attempt += 1
        return name

    async def _revert(self, ours: Sequence[bytes]) -> None:
        if ours:
            await self._tool.output(self._tool.table.revert, self._scope.root, {}, tuple(ours))

    def _base(self, ours: Sequence[bytes], folder: Path) -> Side:
        """What the paths were in the last commit; what the tool does not know is taken away."""
        base = Side()
        for number, path in enumerate(ours):
            place = os.path.join(os.fsencode(folder), b"base-%d" % number)
            full = self._scope.full(path)
            if path in self._unknown:
                remove(full)
                prune(os.fsencode(self._scope.root), path)
            elif entry_at(full):
                copy_over(full, place)
                base.add(path, place)
        return base

    async def prepare(self, changes: Sequence[Change]) -> None:
        """Find out what is nothing at all in the last commit."""
        self._new = (await list_changes(self._tool, self._scope)).new
        added = (ChangeKind.ADDED, ChangeKind.RENAMED)
        self._unknown = frozenset(change.path for change in changes if change.kind in added)

    def _finish(self, combined: Combined, left: Side, saved: dict[bytes, Entry]) -> None:
        apply(combined, self._scope.root, left.tree)
        for name in saved:
            if combined.changes.get(name) is None:
                remove(self._scope.full(name))


def _concerned(changes: Sequence[Change], incoming: Incoming) -> tuple[bytes, ...]:
    """Our changed paths that the server changed, too, or that are in the way of what it has, or in
    a folder that is gone there."""
    added = {c.path for c in changes if c.kind in (ChangeKind.ADDED, ChangeKind.RENAMED)}
    ours = {change.path for change in changes} | {c.source for c in changes if c.source}
    return tuple(
        sorted(
            path
            for path in ours
            if any(
                inside(other, path)
                or ((path in added or other in incoming.gone) and inside(path, other))
                for other in incoming.paths
                if other != b"."
            )
        )
    )


def _kept(side: Side, folder: Path) -> Side:
    """The same with its contents where nothing takes them away."""
    kept = Side()
    for number, (path, full) in enumerate(side.places.items()):
        place = os.path.join(os.fsencode(folder), b"left-%d" % number)
        copy_over(full, place)
        kept.add(path, place)
    return kept


def _outside(path: bytes, new: frozenset[bytes], others: frozenset[bytes]) -> bytes:
    """Where a path may be saved: not in a folder of ours that has to go for a file."""
    for other in sorted(others & new):
        if path.startswith(other + b"/"):
            folder = other.rpartition(b"/")[0]
            name = path.rpartition(b"/")[2]
            return folder + b"/" + name if folder else name
    return path


def _overlapping(ours: Sequence[bytes], incoming: frozenset[bytes]) -> frozenset[bytes]:
    """What the server has at our paths, in them or around them."""
    return frozenset(
        other
        for other in incoming
        if any(inside(path, other) or inside(other, path) for path in ours) and other != b"."
    )


def _listed(paths: Sequence[bytes]) -> str:
    shown = ", ".join(path.decode("utf-8", "backslashreplace") for path in paths[:5])
    return f"{shown} and {len(paths) - 5} more" if len(paths) > 5 else shown
