"""Brings the working tree to a commit, attempt by attempt, and looks after what that leaves."""

import asyncio
import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from autosyncd.errors import AutosyncError, RetryError
from autosyncd.vcs.base import OpenOptions
from autosyncd.vcs.hg.command import Hg, text
from autosyncd.vcs.hg.commit import entries_at
from autosyncd.vcs.hg.exclude import exclude
from autosyncd.vcs.hg.layout import CONTROL, Layout
from autosyncd.vcs.hg.merge import Merger
from autosyncd.vcs.hg.mover import Mover
from autosyncd.vcs.merging.copies import place_copies
from autosyncd.vcs.merging.document_locks import lock_of
from autosyncd.vcs.merging.stale_saves import StaleSaves
from autosyncd.vcs.tree.aside import put_aside
from autosyncd.vcs.tree.displaced import Generation, generation_named, generations
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.leftovers import Suspect, drop_known
from autosyncd.vcs.tree.obstacles import Obstacles
from autosyncd.vcs.tree.recovery import put_back
from autosyncd.vcs.tree.update_journal import drop_draft, drop_journal, read_journal

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds that writers of a displaced file have before it is looked at."""

COME_BACK = 5.0

Source = Mapping[str, str] | None
"""Where the extension finds a version."""


@dataclass(slots=True)
class TreeUpdate:
    """The updates of one working tree, from one daemon's life to the next."""

    hg: Hg
    layout: Layout
    options: OpenOptions
    merger: Merger
    mover: Mover = field(init=False)
    stale: StaleSaves = field(init=False)
    _obstacles: Obstacles = field(init=False)

    def __post_init__(self) -> None:
        self.mover = Mover(self.hg, self.layout)
        self.stale = StaleSaves(self.layout.own / "updates.json", lock_of(self.layout.root))
        self.stale.load(time.time())
        self._obstacles = Obstacles(self.layout.root, self._ignored, self._put_aside)

    @property
    def in_use(self) -> set[bytes]:
        """Paths that their programs do not let go of: our version keeps the name."""
        return self._obstacles.in_use

    @property
    def unfinished(self) -> bool:
        """Whether the tree is between two commits: partly new, its commit still the old one."""
        return read_journal(self.layout) is not None

    async def move(self, branch: str, old: str | None, new: str) -> int:
        """Move the tree, and remember what came in; returns how many paths changed.

        Raises EditedError for paths to commit first, RetryError when a later attempt may succeed,
        NeedsUserError when none will, or not before what hides a part of the tree is gone.
        """
        changed, changes = await self.go(branch, old, new)
        self.stale.remember(changes, time.time())
        return changed

    async def go(
        self, branch: str, old: str | None, new: str
    ) -> tuple[int, tuple[Difference, ...]]:
        """Move the tree; returns how many paths changed, and what it was about."""
        shut = self.options.shut(self.layout.root)
        moved, changes = await self.mover.move(branch, old, new, self._obstacles.placed, shut)
        return await self._obstacles.after(moved), changes

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as an update left it, so that nobody has changed it since."""
        return self._obstacles.ours(path)

    async def recover(self, branch: str, head: str | None) -> bool:
        """Finish a move that was interrupted; returns whether there was one."""
        await asyncio.to_thread(self._clear_up)
        journal = read_journal(self.layout)
        if journal is None:
            return False
        if (journal.branch, journal.old) != (branch, head):
            drop_journal(self.layout)
            return False
        stopped = generation_named(self.layout, journal.generation)
        await asyncio.to_thread(put_back, self.layout, stopped)
        log.info("finishing an update of %s that was interrupted", self.layout.root)
        try:
            await self.move(branch, head, journal.new)
        except AutosyncError as error:
            log.info("it goes on after the first look: %s", error.line())
        return True

    def _clear_up(self) -> None:
        drop_draft(self.layout)
        for generation in generations(self.layout):
            generation.drop_incomplete()

    async def keep_in_use(self, ours: str, target: str) -> str:
        """A commit on top of `target` in which the paths in use are as in `ours`, and what came in
        for them is in conflict copies; `target` itself if none of them differs."""
        wanted = sorted(self.in_use)
        mine = await entries_at(self.hg, ours, wanted)
        theirs = await entries_at(self.hg, target, wanted)
        files: dict[str, dict[str, str] | None] = {
            text(path): {"commit": ours, "path": text(path)}
            for path in wanted
            if path in mine and mine[path] != theirs.get(path)
        }
        if not files:
            return target
        changes: dict[bytes, Entry | None] = {path: mine[path] for path in wanted if path in mine}
        incoming = [
            (path, theirs[path]) for path in wanted if text(path) in files and path in theirs
        ]

        async def there(paths: Sequence[bytes]) -> Mapping[bytes, Entry]:
            return await entries_at(self.hg, target, list(paths))

        placed = await place_copies(there, changes, incoming)
        for (path, _), (name, _) in zip(incoming, placed, strict=True):
            files[text(name)] = {"commit": target, "path": text(path)}
        return await self.commit(target, files, "autosync: keep files that are in use")

    async def rescue(self, branch: str, head: str | None) -> bool:
        """Commit what was written to displaced files; returns whether anything was."""
        found = await self._late_writes()
        if not found or head is None:
            return False
        for base, suspects in found.items():
            late = await self.commit(
                base,
                {text(s.step.path): {"file": str(s.kept), "mode": _mode(s)} for s in suspects},
                f"autosync: keep what was written late to {_names(suspects)}",
            )
            log.info("%s was written while it was updated; both are kept", _names(suspects))
            target = await self._joined(head, late)
            await self.move(branch, head, target)
            head = target
            for suspect in suspects:
                suspect.kept.unlink(missing_ok=True)
        return True

    async def _joined(self, head: str, late: str) -> str:
        """A commit that has both."""
        if await self.hg.ask("contains", ancestor=head, descendant=late):
            return late
        merged = await self.merger.merge(head, late)
        if merged.commit is None:
            raise RetryError(
                "cannot keep what was written late: `on_conflict: stop` is set",
                hint=f"it is below {self.layout.own / 'displaced'}; merge it by hand",
            )
        return merged.commit

    async def _late_writes(self) -> dict[str, list[Suspect]]:
        """The displaced files that hold more than any commit has, by the commit they were of."""
        found: dict[str, list[Suspect]] = {}
        for generation in await asyncio.to_thread(generations, self.layout):
            found_in = await asyncio.to_thread(self._suspects, generation)
            fit = self.options.fit
            suspects = [one for one in found_in if await fit(one.step.path, one.kept)]
            manifest = generation.manifest()
            if manifest and manifest.old and suspects:
                found.setdefault(manifest.old, []).extend(suspects)
        return found

    def _suspects(self, generation: Generation) -> list[Suspect]:
        manifest = generation.manifest()
        if manifest is None:
            generation.drop_incomplete()
            return []
        if generation.age() < GRACE:
            return []
        found = drop_known(generation, manifest.steps, self.layout.object_format)
        generation.drop_empty({step.area for step in manifest.steps})
        return [suspect for suspect in found if suspect.unchanged()]

    def come_back_in(self) -> float | None:
        """Seconds until displaced files should be looked at; None if there are none."""
        return COME_BACK if generations(self.layout) else None

    async def commit(self, base: str, files: Mapping[str, Source], subject: str) -> str:
        """A commit on top of `base` that the tree does not hold."""
        made: str = await self.hg.ask(
            "commit",
            parents=[base, None],
            files=files,
            message=f"{subject}\n\n{self.trailers}",
            user=None,
            date=None,
            branch=(await self.hg.ask("branch_of", commit=base)),
        )
        return made

    @property
    def trailers(self) -> str:
        """What says which machine made a commit."""
        return f"Autosync-Host: {self.options.host}\nAutosync-Id: {self.options.machine}"

    async def _ignored(self, path: bytes) -> bool:
        return bool(await self.hg.ask("ignored", path=text(path)))

    async def _put_aside(self, path: bytes) -> bytes | None:
        return await put_aside(
            self.layout, path, self.options.host, partial(exclude, self.layout), CONTROL
        )


def _mode(suspect: Suspect) -> str:
    return suspect.grip.entry.mode if suspect.grip.entry else "100644"


def _names(suspects: list[Suspect]) -> str:
    return ", ".join(os.fsdecode(s.step.path) for s in suspects[:5])
