"""Two commits become one in the store, without a working directory.

The result is a pure function of the two commits, whatever their order, and of the policy, so that
machines that merge the same commits make the identical one. Mercurial's own merge works in the
working directory, where edits race with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.hg.command import Hg, raw, text
from autosyncd.vcs.hg.commit import entries_at
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.merging.copies import place_copies
from autosyncd.vcs.merging.merge_message import merge_message
from autosyncd.vcs.merging.outcome import (
    LEFT,
    RIGHT,
    Changes,
    ConflictNote,
    Loser,
    choose,
    clear,
    notes_of,
)
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.merging.three_way import Clash, compare, files_in_the_way
from autosyncd.vcs.tree.entry import Difference, Entry

MERGER = "autosync <autosync@merge>"


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The commit that contains both sides, or None if the user wants to decide about `stopped`."""

    commit: str | None
    notes: tuple[ConflictNote, ...] = ()
    stopped: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sides:
    left: str
    right: str
    base: str
    changed_left: tuple[Difference, ...]
    changed_right: tuple[Difference, ...]
    date: float
    branch: str


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges commits of one repository."""

    hg: Hg
    layout: Layout
    policy: Policy

    async def merge(self, a: str, b: str) -> MergeResult:
        """Merge two commits, of which none contains the other, given by their full ids."""
        sides = await self._sides(*sorted((a, b)))
        await self._require_history(sides)
        comparison = compare(sides.changed_left, sides.changed_right)
        merged = await self._texts(sides, comparison.clashes)
        texts = {path: entry for path, (entry, _) in merged.items()}
        clashes = tuple(clash for clash in comparison.clashes if clash.path not in texts)
        changes: Changes = {**comparison.settled, **texts}
        in_the_way = files_in_the_way(path for path, entry in changes.items() if entry)
        concerned = {clash.path for clash in clashes}.union(in_the_way, comparison.revived)
        if stopped := tuple(sorted(p for p in concerned if self.policy.of(p) == "stop")):
            return MergeResult(None, stopped=stopped)
        losers = choose(clashes, await self._times(sides, clashes), self.policy, changes)
        losers += clear(in_the_way, changes)
        copies = await self._keep(sides, losers, changes)
        notes = notes_of(losers, copies, comparison.revived)
        sources = _sources(sides, copies, {path: file for path, (_, file) in merged.items()})
        files = {text(path): source for path, source in sources.of(changes)}
        return MergeResult(await self._commit(sides, files, notes), notes)

    async def _require_history(self, sides: _Sides) -> None:
        """Raise RemoteNeedsUserError unless the sides have one, or may be joined."""
        if sides.base.strip("0"):
            return
        for side in (sides.left, sides.right):
            if not await self.hg.ask("begun_by_autosync", commit=side):
                raise RemoteNeedsUserError(
                    "cannot merge: the commits here and those of the remote have none in common",
                    hint="clone the remote into a new folder and copy your files there",
                )

    async def _sides(self, left: str, right: str) -> _Sides:
        facts = await self.hg.ask("compare", left=left, right=right)
        return _Sides(
            left,
            right,
            facts["base"],
            differences(facts["left"]),
            differences(facts["right"]),
            facts["date"],
            facts["branch"],
        )

    async def _texts(
        self, sides: _Sides, clashes: Iterable[Clash]
    ) -> dict[bytes, tuple[Entry, str]]:
        """The merged version of each clash in which both sides changed lines of their own."""
        wanted = {clash.path: clash for clash in clashes if clash.text}
        if not wanted:
            return {}
        folder = self.layout.own / "texts"
        folder.mkdir(parents=True, exist_ok=True)
        merged = await self.hg.ask(
            "texts",
            base=sides.base,
            left=sides.left,
            right=sides.right,
            paths=[text(path) for path in wanted],
            folder=str(folder),
        )
        return {
            raw(path): (wanted[raw(path)].merged(oid), file) for path, (file, oid) in merged.items()
        }

    async def _times(
        self, sides: _Sides, clashes: Iterable[Clash]
    ) -> dict[tuple[bytes, bytes], int]:
        paths = [text(clash.path) for clash in clashes]
        if not paths:
            return {}
        both = await self.hg.ask("times", left=sides.left, right=sides.right, paths=paths)
        return {
            (side, raw(path)): when
            for side, found in zip((LEFT, RIGHT), both, strict=True)
            for path, when in found.items()
        }

    async def _keep(
        self, sides: _Sides, losers: Iterable[Loser], changes: Changes
    ) -> dict[bytes, bytes]:
        """Add the copies to the changes; returns which path's is where."""
        kept = [loser for loser in losers if loser.kept]

        async def there(paths: Iterable[bytes]) -> Mapping[bytes, Entry]:
            return await entries_at(self.hg, sides.left, list(paths))

        versions = [(loser.path, loser.entry) for loser in kept]
        placed = await place_copies(there, changes, versions)
        changes.update(placed)
        return {loser.path: name for loser, (name, _) in zip(kept, placed, strict=True)}

    async def _commit(
        self, sides: _Sides, files: dict[str, Any], notes: tuple[ConflictNote, ...]
    ) -> str:
        made: str = await self.hg.ask(
            "commit",
            parents=[sides.left, sides.right],
            files=files,
            message=merge_message(notes),
            user=MERGER,
            date=sides.date,
            branch=sides.branch,
        )
        return made


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where the contents of a merge come from: a side that has them, or a merged file."""

    left: Mapping[bytes, Entry | None]
    sides: tuple[tuple[str, Mapping[bytes, Entry | None]], ...]
    copies: Mapping[bytes, bytes]
    files: Mapping[bytes, str]

    def of(self, changes: Changes) -> Iterable[tuple[bytes, dict[str, str] | None]]:
        """The paths that differ from the left side, each with its source."""
        for path, entry in changes.items():
            if path in self.left and self.left[path] == entry:
                continue
            yield path, None if entry is None else self._source(path, entry)

    def _source(self, path: bytes, entry: Entry) -> dict[str, str]:
        if path in self.files:
            return {"file": self.files[path], "mode": entry.mode}
        original = self.copies.get(path, path)
        for commit, changed in self.sides:
            found = changed.get(original)
            if found is not None and found.oid == entry.oid:
                return {"commit": commit, "path": text(original), "mode": entry.mode}
        raise AssertionError(f"no side has the content of {path!r}")


def _sources(sides: _Sides, copies: Mapping[bytes, bytes], files: Mapping[bytes, str]) -> _Sources:
    left = {change.path: change.new for change in sides.changed_left}
    right = {change.path: change.new for change in sides.changed_right}
    both = ((sides.left, left), (sides.right, right))
    return _Sources(left, both, {copy: path for path, copy in copies.items()}, files)


def differences(found: Any) -> tuple[Difference, ...]:
    """Differences from the extension's JSON."""
    return tuple(
        Difference(raw(path), Entry(*old) if old else None, Entry(*new) if new else None)
        for path, old, new in found
    )
