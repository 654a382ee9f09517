"""Moves working tree, index and branch from one commit to another without losing a byte.

Each file is made ready beside the tree, and then takes its place in one instant, once the old one
has been seen to be what the old commit has. What it displaces is kept until nobody writes it.
The order tree, index, branch lets a crash in between look like nothing worse than remote content.
"""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.errors import RetryError, ToolError
from autosyncd.vcs.git.apart import NOWHERE, Apart, on_the_way
from autosyncd.vcs.git.aside import put_aside
from autosyncd.vcs.git.attempt import apply, arrived
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.index_memory import IndexMemory, Since
from autosyncd.vcs.git.index_update import (
    Flags,
    NextIndex,
    StagedError,
    current,
    drop_private_indexes,
    install,
    prepare,
    read_flags,
)
from autosyncd.vcs.git.late_writes import LateWrite, forget, sweep
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import in_use, locked, locked_since
from autosyncd.vcs.git.objects import difference
from autosyncd.vcs.git.recovery import recover_move
from autosyncd.vcs.git.refs import branch_folders, stands_at
from autosyncd.vcs.git.settings import ConfigReader, GitConfig
from autosyncd.vcs.git.staging import stage
from autosyncd.vcs.git.unsupported import check_names
from autosyncd.vcs.tree.advance import Checkpoint, Ground, Ours, Report, Skipped, Trust, nobody
from autosyncd.vcs.tree.areas import areas
from autosyncd.vcs.tree.displaced import Generation, Manifest, Step, make_durable, new_generation
from autosyncd.vcs.tree.durable import flush_folders, folders_of
from autosyncd.vcs.tree.entry import GITLINK, Difference
from autosyncd.vcs.tree.obstacles import Moved
from autosyncd.vcs.tree.place import Why
from autosyncd.vcs.tree.signature import Signature, signature_at
from autosyncd.vcs.tree.syscalls import Abilities, ignore_lease_breaks, probe
from autosyncd.vcs.tree.threads import finish_in_thread
from autosyncd.vcs.tree.update_journal import (
    Journal,
    begin_journal,
    draft_journal,
    drop_draft,
    drop_journal,
    read_journal,
)

__all__ = [
    "LateWrite",
    "Moved",
    "Signature",
    "Skipped",
    "Why",
    "forget",
    "ignore_lease_breaks",
    "move_tree",
    "put_aside",
    "recover_move",
    "sweep",
]


@dataclass(frozen=True, slots=True)
class Known:
    """What need not be found out again: how the commits differ, git's settings, and the index."""

    changes: tuple[Difference, ...] | None = None
    config: ConfigReader | None = None
    memory: IndexMemory = field(default_factory=IndexMemory)


def _pass(_name: str) -> None:
    """The checkpoint of everyday life."""


async def move_tree(
    git: Git,
    layout: Layout,
    branch: str,
    old: str | None,
    new: str,
    *,
    checkpoint: Checkpoint = _pass,
    abilities: Abilities | None = None,
    ours: Ours = nobody,
    apart: Apart = NOWHERE,
    known: Known | None = None,
) -> Moved:
    """Bring the working tree from commit `old` (None: unborn) to `new`, in one attempt.

    It can be repeated at any time, with the same or another `new`. `checkpoint` is called at the
    boundaries between steps, partly in another thread; `abilities` replaces the probe of the
    file system; `ours` tells what an unfinished update has placed; `apart` is where the tree is
    not what `old` has. Raises RetryError: the index is locked, or HEAD is not `old` on `branch`.
    """
    known = known or Known()
    update = _Update(git, layout, branch, old, new, checkpoint, abilities, ours, apart, known)
    try:
        return await update.run()
    except StagedError as error:
        return Moved(done=False, skipped=tuple(Skipped(p, Why.STAGED) for p in error.paths))
    except OSError as error:
        raise ToolError(f"cannot update the working tree: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that can be made ready before anybody is kept from using the repository."""

    changes: tuple[Difference, ...]
    flags: Flags
    index: NextIndex
    ground: Ground
    manifest: Manifest

    @property
    def arrivals(self) -> list[bytes]:
        """Where the working tree gets other files than it had."""
        return [step.path for step in self.manifest.steps if step.new and step.new.mode != GITLINK]


@dataclass(frozen=True, slots=True)
class _Update:
    git: Git
    layout: Layout
    branch: str
    old: str | None
    new: str
    checkpoint: Checkpoint
    abilities: Abilities | None
    ours: Ours
    apart: Apart
    known: Known

    async def run(self) -> Moved:
        """Make everything ready, then take the lock and do it."""
        self.layout.own.mkdir(parents=True, exist_ok=True)
        if locked_since(self.layout.index) is not None:
            raise in_use(self.layout.index)
        try:
            ready = await self._ready()
            self.checkpoint("staged")
            return await self._do(ready)
        finally:
            drop_draft(self.layout)
            drop_private_indexes(self.layout)

    async def _ready(self) -> _Ready:
        settings = await self._settings()
        if settings.on("core.ignorecase", default=False):
            await check_names(self.git, self.new)
        changes = self.known.changes
        if changes is None:
            changes = await difference(self.git, self._base, self.new)
        flags = await self._flags(changes)
        index = await self._prepare(changes, flags)
        trust = Trust(
            file_mode=settings.on("core.filemode", default=True),
            symlinks=settings.on("core.symlinks", default=True),
        )
        steps = self._steps(await on_the_way(self.git, self.apart, changes, self.new), flags)
        ground, manifest = await self._stage(steps, trust, index)
        return _Ready(changes, flags, index, ground, manifest)

    @property
    def _base(self) -> str:
        return self.old or self.layout.empty_tree

    async def _settings(self) -> GitConfig:
        """What the file system can do, and whether the checkout is sparse."""
        return await (self.known.config or ConfigReader(self.git, self.layout)).read()

    async def _flags(self, changes: tuple[Difference, ...]) -> Flags:
        sparse = (await self._settings()).on("core.sparsecheckout", default=False)
        index = signature_at(self.layout.index)
        if index and not sparse and not await self.known.memory.flagged(self.git, index):
            return Flags(frozenset(), frozenset())
        return await read_flags(self.git, self.layout, changes, sparse=sparse)

    async def _prepare(self, changes: tuple[Difference, ...], flags: Flags) -> NextIndex:
        return await prepare(self.git, self.layout, self._base, self.new, changes, flags)

    def _steps(self, changes: Iterable[Difference], flags: Flags) -> tuple[Step, ...]:
        wanted = [change for change in changes if change.path not in flags.left_alone]
        where = areas(self.layout.root, self.layout.own, [change.path for change in wanted])
        return tuple(
            _step(number, change, where[change.path]) for number, change in enumerate(wanted)
        )

    async def _stage(
        self, steps: tuple[Step, ...], trust: Trust, index: NextIndex
    ) -> tuple[Ground, Manifest]:
        generation = new_generation(self.layout)
        plan = Manifest(self.apart.base or self.old, self.new, steps)
        try:
            ground = await asyncio.to_thread(self._ground, generation, plan, trust)
            resumed = read_journal(self.layout) is not None
            done = await arrived(ground, steps) if resumed else frozenset[int]()
            manifest = await stage(self.git, self.layout, generation, plan, index.path, done)
            self._draft(generation)
            await finish_in_thread(threading.Event(), make_durable, generation, manifest)
        except BaseException:
            generation.drop_incomplete()
            raise
        return ground, manifest

    def _ground(self, generation: Generation, plan: Manifest, trust: Trust) -> Ground:
        generation.plan(plan)
        used = {step.area for step in plan.steps}
        able = {area: self.abilities or probe(generation.area(area)) for area in used}
        layout = self.layout
        return Ground(
            generation,
            layout.object_format,
            able,
            trust,
            layout.below,
            self.checkpoint,
            self.ours,
        )

    def _draft(self, generation: Generation) -> None:
        branch, old, new = self.branch, self.old, self.new
        journal = Journal(branch=branch, old=old, new=new, generation=generation.name)
        draft_journal(self.layout, journal)

    async def _do(self, ready: _Ready) -> Moved:
        try:
            with locked(self.layout.index):
                self.checkpoint("locked")
                report = await self._move_all(ready)
        finally:
            tidy = ready.ground.generation.tidy
            await finish_in_thread(threading.Event(), tidy, ready.manifest.steps)
        skipped = tuple(report.skipped)
        if not skipped:
            await asyncio.to_thread(flush_folders, self._folders(ready.manifest.steps))
            drop_journal(self.layout)
            self.checkpoint("done")
        removed = tuple(report.removed)
        return Moved(not skipped, report.changed, skipped, report.signatures, removed)

    def _folders(self, steps: Iterable[Step]) -> tuple[Path, ...]:
        """The tree is on the disk before the branch is: the other way round it would look like
        somebody's undoing of what came in."""
        changed = folders_of(self.layout.root, (step.path for step in steps))
        return (*changed, *branch_folders(self.layout, self.branch))

    async def _move_all(self, ready: _Ready) -> Report:
        """Tree, index, branch; the latter two only if nothing had to be skipped."""
        if not await stands_at(self.git, self.layout, self.branch, self.old):
            raise RetryError(f"cannot update {self.branch}: HEAD moved")
        index = await self._index_now(ready)
        begin_journal(self.layout)
        report = await apply(self.git, ready.ground, ready.manifest.steps)
        self.checkpoint("applied")
        if not report.skipped:
            await install(self.git, self.layout, index, ready.arrivals)
            self.checkpoint("indexed")
            await self._move_branch()
            self._remember(ready, index)
        return report

    async def _index_now(self, ready: _Ready) -> NextIndex:
        """The next index, made again if somebody changed the real one while we staged."""
        if current(self.layout, ready.index):
            return ready.index
        flags = await self._flags(ready.changes)
        if flags != ready.flags:
            raise RetryError("cannot update the index: it changed meanwhile")
        return await self._prepare(ready.changes, flags)

    def _remember(self, ready: _Ready, index: NextIndex) -> None:
        """New entries may have got flags of their own where others had some."""
        now, memory = signature_at(self.layout.index), self.known.memory
        if ready.flags.left_alone:
            memory.remember(now, None)
        else:
            memory.moved(now, self.new, index.base, Since(self.old, ready.changes))

    async def _move_branch(self) -> None:
        ref, before = f"refs/heads/{self.branch}", self.old or self.layout.zero
        why = "autosync: fast-forward"
        self.checkpoint("before-ref")
        moved = await self.git.run("update-ref", "-m", why, ref, self.new, before)
        if moved.returncode:
            raise RetryError(f"cannot move {self.branch}: {moved.complaint}")


def _step(number: int, change: Difference, area: bytes | None) -> Step:
    """A file that becomes a submodule is deleted; to check that out is the user's."""
    old, new = change.old, change.new
    if old and new and old.mode != GITLINK and new.mode == GITLINK:
        new = None
    return Step(number, change.path, old, new, area)
