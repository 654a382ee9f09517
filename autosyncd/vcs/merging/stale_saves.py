"""Saves from an editor that still showed the version before an update.

Such a save holds nothing of what the update brought, and no tool can tell it from a wish
to undo that. So each update is remembered for a day: if the next commit of the path merges
cleanly with what came in, and lacks it, it is taken as based on the old version. Once for each
update, so that who really wants to undo it wins the second time.

Of what has no lines, such as an office document, no version tells what it was made from. There the
lock of the program that has it open does: if that was there when the update came, and is still, or
no more, the save had not seen it, and what came in is put beside.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from autosyncd.vcs.merging.document_locks import LockOf, no_lock
from autosyncd.vcs.merging.three_way import Clash
from autosyncd.vcs.tree.entry import Difference, Entry

KEPT_SECONDS = 86_400.0
LIMIT = 5_000
"""Paths of one update that are remembered; who changes more at once is no editor's rival."""


class Lines(Protocol):
    """Merges the lines of files whose contents a repository has."""

    async def merge_texts(self, clashes: Sequence[Clash]) -> dict[bytes, Entry]:
        """The merged version of each clash in which both sides changed lines of their own."""

    async def favouring_left(self, clash: Clash) -> str | None:
        """The id of one clash merged with the left side's lines wherever both changed the same
        ones; None if its lines can't be merged."""


class _Update(msgspec.Struct, frozen=True, array_like=True):
    """What an update did to a path at a time in Unix seconds, and who had it open then."""

    time: float
    old: Entry
    new: Entry
    lock: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, _Update]).decode


@dataclass(frozen=True, slots=True)
class Stale:
    """A save that had not seen an update: what was `saved`, what came in, and the `entry` that
    it should have been; `beside`: what came in goes beside it, too."""

    path: bytes
    saved: Entry
    incoming: Entry
    entry: Entry
    beside: bool = False


@dataclass(slots=True)
class StaleSaves:
    """The memory of one working tree, kept in `file` so that it outlives a restart."""

    file: Path
    lock_of: LockOf = no_lock
    _updates: dict[bytes, _Update] = field(default_factory=dict)

    def load(self, now: float) -> None:
        """Read what is remembered; a damaged file is nothing to remember."""
        try:
            stored = _decode(self.file.read_bytes())
        except (OSError, msgspec.DecodeError):
            return
        self._updates = {base64.b64decode(path): update for path, update in stored.items()}
        self._expire(now)

    def remember(self, changes: Iterable[Difference], now: float) -> None:
        """An update has changed these paths."""
        changed = [
            (change.path, self._joined(change.path, change.old, change.new, now))
            for change in changes
            if change.old and change.new and change.old.regular and change.new.regular
        ]
        if changed and len(changed) <= LIMIT:
            self._updates.update(changed)
            self._expire(now)
            self._store()

    def _joined(self, path: bytes, old: Entry, new: Entry, now: float) -> _Update:
        """An update upon an update: the editor may still show what was before both. Who has a
        document open now has not seen this one, whenever it was opened."""
        before = self._updates.get(path)
        lock = self.lock_of(path)
        if before and before.new == old:
            return _Update(now, before.old, new, lock or before.lock)
        return _Update(now, old, new, lock)

    def forget(self, path: bytes) -> None:
        """What is saved there now is meant as it is."""
        if self._updates.pop(path, None):
            self._store()

    def concerned(self, paths: Iterable[bytes]) -> tuple[bytes, ...]:
        """Those of the paths that an update changed not long ago."""
        return tuple(path for path in paths if path in self._updates)

    async def find(
        self, lines: Lines, committed: Mapping[bytes, Entry | None], now: float
    ) -> tuple[Stale, ...]:
        """Which of the committed versions are stale, with what they should have been."""
        self._expire(now)
        concerned = {path: self._updates.pop(path) for path in committed if path in self._updates}
        if not concerned:
            return ()
        self._store()
        saves = [
            Clash(path, update.old, saved, update.new)
            for path, update in concerned.items()
            if (saved := committed[path]) and saved.oid not in (update.old.oid, update.new.oid)
        ]
        clashes, unread = [], []
        for save in saves:
            without = await _without(lines, save)
            if without is not None and without == save.left.oid:
                clashes.append(save)
            elif without is None and self._still_open(save.path, concerned[save.path].lock):
                unread.append(Stale(save.path, save.left, save.right, save.left, beside=True))
        merged = await lines.merge_texts(clashes)
        clean = (
            Stale(clash.path, clash.left, clash.right, merged[clash.path])
            for clash in clashes
            if clash.path in merged and merged[clash.path].oid not in _sides(clash)
        )
        rest = [clash for clash in clashes if clash.text and clash.path not in merged]
        partly = [stale for clash in rest if (stale := await _partly(lines, clash))]
        return (*clean, *partly, *unread)

    def _still_open(self, path: bytes, lock: str | None) -> bool:
        """Whether a document was open at the update, and was not opened anew since."""
        return lock is not None and self.lock_of(path) in (lock, None)

    def _expire(self, now: float) -> None:
        self._updates = {
            path: update
            for path, update in self._updates.items()
            if 0 <= now - update.time < KEPT_SECONDS
        }

    def _store(self) -> None:
        stored = {base64.b64encode(p).decode("ascii"): u for p, u in self._updates.items()}
        draft = self.file.with_name(f"{self.file.name}.new")
        try:
            draft.write_bytes(_encode(stored))
            draft.replace(self.file)
        except OSError:
            pass  # without it, only a save across a restart is taken at its word


async def _without(lines: Lines, save: Clash) -> str | None:
    """A save without what came in; None where it can't be taken out. If it is the save itself,
    that holds nothing at all of it.

    Who has seen it, and took out a part, has meant it.
    """
    if save.base is None:
        return None
    return await lines.favouring_left(Clash(save.path, save.right, save.left, save.base))


async def _partly(lines: Lines, clash: Clash) -> Stale | None:
    """Both changed the same lines, so that the save wins there. If it also lacks lines that came
    in elsewhere, its editor had not seen them: those come back, and the whole of what came in is
    put beside it. Otherwise somebody has edited on from what came in."""
    oid = await lines.favouring_left(clash)
    if oid is None or oid in _sides(clash):
        return None
    return Stale(clash.path, clash.left, clash.right, clash.merged(oid), beside=True)


def _sides(clash: Clash) -> tuple[str, ...]:
    return tuple(side.oid for side in (clash.left, clash.right) if side)
