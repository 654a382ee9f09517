"""Moves the working tree from one commit to another without losing a byte; see vcs/tree.

The new versions are written beside the tree. Each takes its place in one instant, once the old one
has been seen to be what the old commit has; what it displaces is kept until nobody writes it. Only
then Mercurial is told which commit the tree holds: a crash in between looks like nothing worse
than remote content. `hg update` writes into files that may be open, and an edit between its look
and its write is lost.
"""

import asyncio
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import ToolError
from autosyncd.vcs.hg.command import Hg, text
from autosyncd.vcs.hg.layout import CONTROL, Layout
from autosyncd.vcs.hg.merge import differences
from autosyncd.vcs.tree.advance import Advance, Checkpoint, Ground, Ours, Report, Trust, nobody
from autosyncd.vcs.tree.areas import areas
from autosyncd.vcs.tree.displaced import Generation, Manifest, Step, make_durable, new_generation
from autosyncd.vcs.tree.entry import SYMLINK, Difference
from autosyncd.vcs.tree.hidden import let_in
from autosyncd.vcs.tree.obstacles import Moved
from autosyncd.vcs.tree.signature import signature_at
from autosyncd.vcs.tree.storage import storage_error
from autosyncd.vcs.tree.syscalls import Abilities, probe
from autosyncd.vcs.tree.threads import finish_in_thread
from autosyncd.vcs.tree.update_journal import (
    Journal,
    begin_journal,
    draft_journal,
    drop_draft,
    drop_journal,
    read_journal,
)

TRUST = Trust()
"""Mercurial, too, has executable files and links."""


def _pass(_name: str) -> None:
    """The checkpoint of everyday life."""


@dataclass(frozen=True, slots=True)
class Mover:
    """The updates of one working tree. Tests hook into the steps with `checkpoint`, and take
    `abilities` away from the file system."""

    hg: Hg
    layout: Layout
    checkpoint: Checkpoint = _pass
    abilities: Abilities | None = None

    async def move(
        self,
        branch: str,
        old: str | None,
        new: str,
        ours: Ours = nobody,
        shut: frozenset[bytes] = frozenset(),
    ) -> tuple[Moved, tuple[Difference, ...]]:
        """Bring the tree from one commit (None: the empty one) to another, in one attempt.

        It can be repeated at any time. Returns what came of it, and what it was about. Raises
        RetryError where somebody else moved the working copy, RemoteNeedsUserError where something
        would change in a `shut` folder.
        """
        changes = await difference(self.hg, old, new)
        let_in(shut, [change.path for change in changes])
        try:
            return await self._move(branch, old, new, changes, ours), changes
        except OSError as error:
            action = "update the working tree"
            raise storage_error(error, action) or ToolError(f"cannot {action}: {error}") from error
        finally:
            drop_draft(self.layout)

    async def replace(self, base: str, change: Difference, content: bytes) -> Report:
        """Put one file that no commit of ours has in a path's place, or none; HEAD stays."""
        generation = new_generation(self.layout)
        area = areas(self.layout.root, self.layout.own, [change.path])[change.path]
        plan = Manifest(base, base, (Step(0, change.path, change.old, change.new, area),))
        try:
            ground = await asyncio.to_thread(self._ground, generation, plan, nobody)
            if change.new:
                await asyncio.to_thread(_write, generation.tree / "0", content, change.new.mode)
            ready = await asyncio.to_thread(_named, generation, plan, {0} if change.new else set())
            await finish_in_thread(threading.Event(), make_durable, generation, ready)
        except BaseException:
            generation.drop_incomplete()
            raise
        report = await apply(ground, ready.steps)
        await finish_in_thread(threading.Event(), generation.tidy, ready.steps)
        return report

    async def _move(
        self,
        branch: str,
        old: str | None,
        new: str,
        changes: tuple[Difference, ...],
        ours: Ours,
    ) -> Moved:
        ground, manifest = await self._stage(branch, old, new, changes, ours)
        self.checkpoint("staged")
        try:
            begin_journal(self.layout)
            report = await apply(ground, manifest.steps)
            self.checkpoint("applied")
            if not report.skipped:
                await self.hg.ask("settle", old=old, new=new)
                self.checkpoint("settled")
        finally:
            tidy = ground.generation.tidy
            await finish_in_thread(threading.Event(), tidy, manifest.steps)
        skipped = tuple(report.skipped)
        if not skipped:
            drop_journal(self.layout)
        removed = tuple(report.removed)
        return Moved(not skipped, report.changed, skipped, report.signatures, removed)

    async def _stage(
        self,
        branch: str,
        old: str | None,
        new: str,
        changes: Sequence[Difference],
        ours: Ours,
    ) -> tuple[Ground, Manifest]:
        self.layout.own.mkdir(parents=True, exist_ok=True)
        generation = new_generation(self.layout)
        where = areas(self.layout.root, self.layout.own, [change.path for change in changes])
        steps = tuple(
            Step(number, change.path, change.old, change.new, where[change.path])
            for number, change in enumerate(changes)
        )
        plan = Manifest(old, new, steps)
        try:
            ground = await asyncio.to_thread(self._ground, generation, plan, ours)
            resumed = read_journal(self.layout) is not None
            done = await arrived(ground, steps) if resumed else frozenset[int]()
            manifest = await self._export(generation, plan, done)
            draft_journal(
                self.layout, Journal(branch=branch, old=old, new=new, generation=generation.name)
            )
            await finish_in_thread(threading.Event(), make_durable, generation, manifest)
        except BaseException:
            generation.drop_incomplete()
            raise
        return ground, manifest

    def _ground(self, generation: Generation, plan: Manifest, ours: Ours) -> Ground:
        generation.plan(plan)
        used = {step.area for step in plan.steps}
        able: Mapping[bytes | None, Abilities] = {
            area: self.abilities or probe(generation.area(area)) for area in used
        }
        return Ground(
            generation,
            self.layout.object_format,
            able,
            TRUST,
            self.layout.below,
            self.checkpoint,
            ours,
            CONTROL,
        )

    async def _export(
        self, generation: Generation, plan: Manifest, done: frozenset[int]
    ) -> Manifest:
        wanted = {step.number for step in plan.steps if step.new and step.number not in done}
        files = [
            [text(step.path), str(generation.tree / str(step.number))]
            for step in plan.steps
            if step.number in wanted
        ]
        await self.hg.ask("export", commit=plan.new, files=files)
        return await finish_in_thread(threading.Event(), _named, generation, plan, wanted)


async def difference(hg: Hg, old: str | None, new: str) -> tuple[Difference, ...]:
    """What two commits hold at each path where they differ."""
    return differences(await hg.ask("difference", old=old, new=new))


def _write(target: Path, content: bytes, mode: str) -> None:
    if mode == SYMLINK:
        target.symlink_to(os.fsdecode(content))
        return
    descriptor = os.open(
        target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o777 if mode == "100755" else 0o666
    )
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)


def _named(generation: Generation, plan: Manifest, wanted: set[int]) -> Manifest:
    """Put each new version into its slot, on the file system where it belongs."""
    steps = []
    for step in plan.steps:
        if step.number in wanted:
            source, slot = generation.tree / str(step.number), generation.slot(step)
            if step.area is None:
                source.rename(slot)
            elif source.is_symlink():
                slot.symlink_to(source.readlink())
            else:
                shutil.copyfile(source, slot)
                shutil.copymode(source, slot)
            staged = signature_at(slot)
            step = Step(step.number, step.path, step.old, step.new, step.area, staged)
        steps.append(step)
    shutil.rmtree(generation.tree)
    return Manifest(plan.old, plan.new, tuple(steps))


async def arrived(ground: Ground, steps: Sequence[Step]) -> frozenset[int]:
    """The numbers of steps that an earlier attempt has done."""
    advance = Advance(ground, threading.Event())
    try:
        return await finish_in_thread(threading.Event(), advance.arrived, steps)
    finally:
        advance.close()


async def apply(ground: Ground, steps: Sequence[Step]) -> Report:
    """Do all steps that can be done."""
    stop = threading.Event()
    advance = Advance(ground, stop)
    try:
        for group in in_order(steps):
            await finish_in_thread(stop, _take, advance, group)
    finally:
        advance.close()
        ground.generation.mark(advance.report.displaced)
    return advance.report


def _take(advance: Advance, steps: Sequence[Step]) -> None:
    """What is neither the old version nor the new one is an edit: no filter is between them."""
    for step in advance.take(steps):
        with ExitStack() as stack:
            held = advance.hold((step,), stack)
            advance.settle(
                (item, item.grip.entry.oid if item.grip.entry else None) for item in held
            )


def in_order(steps: Sequence[Step]) -> tuple[tuple[Step, ...], ...]:
    """Deletions first, the deepest first, so that folders can become files."""
    gone = sorted((step for step in steps if not step.new), key=lambda step: step.path)
    return tuple(reversed(gone)), tuple(step for step in steps if step.new)
