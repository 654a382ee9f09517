"""Brings the working tree to a commit, attempt by attempt, and clears what stays in its way."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from autosyncd.core.covering import within
from autosyncd.vcs.base import Shut, nothing_shut
from autosyncd.vcs.git.apart import NOWHERE, Apart
from autosyncd.vcs.git.clean import on_disk_ids
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.conflict_copies import Counted
from autosyncd.vcs.git.index_memory import IndexMemory
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.mover import Known, move_tree, put_aside
from autosyncd.vcs.git.objects import difference, entries_at
from autosyncd.vcs.git.overtaken import OvertakenPaths
from autosyncd.vcs.git.safety import Safety
from autosyncd.vcs.git.settings import ConfigReader
from autosyncd.vcs.tree.aside_list import AsideList
from autosyncd.vcs.tree.entry import Difference
from autosyncd.vcs.tree.obstacles import Obstacles
from autosyncd.vcs.tree.signature import Signature, signature_at


@dataclass(slots=True)
class TreeUpdate:
    """The updates of one working tree; `host` names what is moved aside."""

    git: Git
    layout: Layout
    host: str
    safety: Safety
    asides: AsideList
    overtaken: OvertakenPaths
    config: ConfigReader
    memory: IndexMemory
    copies: Counted
    shut: Shut = nothing_shut
    last: tuple[Difference, ...] = ()
    """How the commits of the last move differ."""
    _obstacles: Obstacles = field(init=False)
    _read: Mapping[bytes, tuple[Signature | None, str | None]] = field(default_factory=dict)
    """What was on disk at overtaken paths, by the signatures of those versions."""

    def __post_init__(self) -> None:
        self._obstacles = Obstacles(
            self.layout.root, self._ignored, self._put_aside, passes_by=True
        )

    @property
    def in_use(self) -> set[bytes]:
        """Paths that their programs do not let go of: our version keeps the name."""
        return self._obstacles.in_use

    async def move(
        self, branch: str, old: str | None, new: str, apart: Apart = NOWHERE
    ) -> tuple[int, tuple[Difference, ...]]:
        """Move tree, index and branch; returns how many paths changed, and what came in on disk.

        What is on disk stays where it was overtaken before, or is not committed in spite of all
        attempts, unless `apart` says that it is known.
        Raises EditedError for paths to commit first, RetryError when a later attempt may succeed,
        NeedsUserError when none will.
        """
        await self.safety.keep(old, time.time())
        changes = await difference(self.git, old or self.layout.empty_tree, new)
        shut = self.shut(self.layout.root)
        if old and (shut or self._staying - apart.on_disk.keys()):
            by_hand = {change.path for change in await self.committed_by_hand(old)}
            staying = self._staying - apart.on_disk.keys() - by_hand
            passed = [c for c in changes if c.path in staying or within(c.path, shut)]
            self.overtaken.overtake(old, passed)
            apart = replace(apart, passed_by=frozenset(change.path for change in passed))
        known, ours = Known(changes, self.config, self.memory), self._obstacles.placed
        moved = await move_tree(
            self.git, self.layout, branch, old, new, ours=ours, apart=apart, known=known
        )
        changed = await self._obstacles.after(moved)
        self.copies.step(old, new, (change.path for change in changes))
        self.last = changes
        return changed, tuple(c for c in changes if c.path not in apart.passed_by)

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as an update left it, so that nobody has changed it since."""
        return self._obstacles.ours(path)

    @property
    def _staying(self) -> set[bytes]:
        return self.overtaken.known.keys() | self._obstacles.passed_by

    async def committed_by_hand(self, head: str) -> tuple[Difference, ...]:
        """Forget overtaken paths that are on disk as the branch has them.

        Returns, as what they were made from and what had come in, those whose version on disk is
        in the commit `head` all the same: only the user can have committed it.
        """
        known = self.overtaken.known
        if not known:
            return ()
        there = await entries_at(self.git, head, known)
        ids = await self._on_disk(tuple(known))
        same = {path for path in known if ids[path] == (there[path].oid if path in there else None)}
        by_hand = {p for p in same if p in there and there[p] != known[p].incoming}
        found = tuple(Difference(p, known[p].old, known[p].incoming) for p in sorted(by_hand))
        self.overtaken.forget(same - by_hand)
        return found

    async def _on_disk(self, paths: Sequence[bytes]) -> Mapping[bytes, str | None]:
        """What git would store of each path; a version is read once, since it may be very large."""
        root = bytes(self.layout.root) + b"/"
        marks = {path: signature_at(root + path) for path in paths}
        read = {p: known for p, known in self._read.items() if known[0] == marks.get(p)}
        new = [path for path in paths if path not in read]
        found = await on_disk_ids(self.git, self.layout.root, new)
        self._read = {**read, **{path: (marks[path], oid) for path, oid in found.items()}}
        return {path: self._read[path][1] for path in paths}

    async def _put_aside(self, path: bytes) -> bytes | None:
        aside = await put_aside(self.layout, path, self.host)
        if aside is not None:
            self.asides.add(aside, path)
        return aside

    async def _ignored(self, path: bytes) -> bool:
        environment = {"GIT_LITERAL_PATHSPECS": "0"}
        said = await self.git.run("check-ignore", "-q", "--", path, environment=environment)
        return said.returncode != 1
