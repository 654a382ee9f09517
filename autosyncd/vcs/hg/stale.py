"""Brings back what a save by an editor that had not seen an update would undo."""

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autosyncd.core.messages import printable
from autosyncd.errors import AutosyncError
from autosyncd.vcs.base import Commit
from autosyncd.vcs.hg.command import Hg, text
from autosyncd.vcs.hg.commit import entries_at
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.lines import HgLines
from autosyncd.vcs.hg.mover import difference
from autosyncd.vcs.hg.notes import Notes
from autosyncd.vcs.hg.tree_update import TreeUpdate
from autosyncd.vcs.merging.copies import place_copies
from autosyncd.vcs.merging.stale_saves import Stale
from autosyncd.vcs.tree.entry import Entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StaleGuard:
    """Looks at each commit of one working copy; not to be used during a move."""

    hg: Hg
    layout: Layout
    update: TreeUpdate
    notes: Notes

    async def keep_incoming(self, commit: Commit, branch: str) -> str | None:
        """The commit on top that has what a stale save undid, if one did; the tree holds it."""
        paths = self.update.stale.concerned(change.path for change in commit.changes)
        if not paths:
            return None
        folder = self.layout.own / "stale"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            merged = await self._merged(commit.info.id, paths, HgLines(self.hg, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return merged and await self._bring_back(branch, commit.info.id, merged)

    async def _merged(self, saved: str, paths: Sequence[bytes], lines: HgLines) -> str | None:
        there = await entries_at(self.hg, saved, list(paths))
        committed = {path: there.get(path) for path in paths}
        found = await self.update.stale.find(lines, committed, time.time())
        if not found:
            return None
        fitting = [await self._fitting(stale, lines) for stale in found]
        files = {
            text(stale.path): {
                "file": str(lines.merged[stale.entry.oid]),
                "mode": stale.entry.mode,
            }
            for stale in fitting
            if stale.entry != stale.saved
        }
        files |= await self._copies(saved, fitting, lines)
        names = ", ".join(printable(stale.path) for stale in fitting[:5])
        log.info("%s was saved by an editor that had not seen the update; merged", names)
        return await self.update.commit(saved, files, f"autosync: keep what came in for {names}")

    async def _fitting(self, stale: Stale, lines: HgLines) -> Stale:
        """Where the merged lines must not be committed, the save stays, and what came in goes
        beside it."""
        if stale.entry == stale.saved:
            return stale
        if await self.update.options.fit(stale.path, lines.merged[stale.entry.oid]):
            return stale
        return replace(stale, entry=stale.saved, beside=True)

    async def _copies(
        self, saved: str, found: Sequence[Stale], lines: HgLines
    ) -> dict[str, dict[str, str]]:
        beside = [(stale.path, stale.incoming) for stale in found if stale.beside]

        async def there(paths: Sequence[bytes]) -> Mapping[bytes, Entry]:
            return await entries_at(self.hg, saved, list(paths))

        placed = await place_copies(there, {s.path: s.entry for s in found}, beside)
        files: dict[str, dict[str, str]] = {}
        for (path, entry), (name, _) in zip(beside, placed, strict=True):
            file = lines.folder / f"copy-{len(files)}"
            await self.hg.ask("content", path=text(path), version=entry.oid, file=str(file))
            files[text(name)] = {"file": str(file), "mode": entry.mode}
        return files

    async def _bring_back(self, branch: str, saved: str, merged: str) -> str | None:
        """Move the tree there; if that can't be now, the next save is looked at again."""
        self.notes.set_pending((*self.notes.pending, merged))
        changes = await difference(self.hg, saved, merged)
        try:
            await self.update.go(branch, saved, merged)
        except AutosyncError as error:
            log.info("cannot merge the save yet: %s", error.line())
            self.update.stale.remember(changes, time.time())
            return None
        self.notes.set_pending(tuple(c for c in self.notes.pending if c != merged))
        return merged
