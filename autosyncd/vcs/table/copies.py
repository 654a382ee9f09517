"""Merges diverged commits in copies beside the working tree, so that it never sees a conflict.

One copy is what the remote has, one is our last commit. The tool joins their histories in the
second; what the files hold is decided here, and committed there. The tree then only has to advance.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autosyncd.config.model import MergeTable
from autosyncd.errors import AutosyncError, RetryError
from autosyncd.vcs.base import Change, ChangeKind, CommitInfo, Settled
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.table.combine import Combined, Side, apply, combine, side_of
from autosyncd.vcs.table.heads import read_head
from autosyncd.vcs.table.listing import list_files
from autosyncd.vcs.table.look import Looker
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.staging import Stager
from autosyncd.vcs.table.tool import Tool
from autosyncd.vcs.table.words import fill
from autosyncd.vcs.table.workplace import Workplace
from autosyncd.vcs.tree.entry import Entry

MESSAGE = "autosync: merge"


@dataclass(frozen=True, slots=True)
class Merged:
    """The merge commit; None if the user wants to merge the paths `stopped`."""

    head: CommitInfo | None
    settled: tuple[Settled, ...] = ()
    stopped: tuple[bytes, ...] = ()


class Copies:
    """The copies of one repository that are there now; they vanish with this object."""

    def __init__(self, tool: Tool, table: MergeTable, scope: Scope) -> None:
        self._tool = tool
        self._table = table
        self._scope = scope
        self._folder = Workplace(scope.root / tool.table.detect)
        self.top = self._folder.path
        self.theirs = self.top / "theirs"
        self.ours = self.top / "ours"
        self.clear = table.clear
        self.finish = table.finish
        self.origin = ""
        """Our last commit when the copies were made."""
        self.tip: CommitInfo | None = None
        self.merged: CommitInfo | None = None

    async def close(self) -> None:
        """Take them away."""
        for folder in (self.theirs, self.ours):
            await self._close(folder)
        await asyncio.to_thread(self._folder.close)

    async def _close(self, folder: Path) -> None:
        """Let the tool know that a copy goes; it goes all the same."""
        if not folder.is_dir():
            return
        for argv in self._table.close:
            try:
                await self._tool.run(fill(argv, {}), folder)
            except AutosyncError:
                return

    async def fetch(self, values: dict[str, bytes]) -> None:
        """Copy what the remote has."""
        given = self._values(values)
        self.origin = os.fsdecode(values["id"])
        await self._tool.output(self._table.theirs, self._scope.root, given, network=True)
        self.tip = await read_head(self._tool, self.theirs)
        if self.tip is None:
            raise RetryError("the remote's last commit could not be read")

    async def merge(self, policy: Policy, values: dict[str, bytes]) -> Merged:
        """Commit, in the copy of ours, what both sides make together."""
        given = self._values(values)
        self.origin = os.fsdecode(values["id"])
        await self._close(self.ours)
        await asyncio.to_thread(shutil.rmtree, self.ours, ignore_errors=True)
        await asyncio.to_thread(shutil.rmtree, self.top / "base", ignore_errors=True)
        await self._tool.output(self._table.copy, self._scope.root, given)
        await self._tool.output(self._table.base, self.ours, given, network=True)
        base, left, right = await asyncio.to_thread(self._sides)
        longest = self._scope.longest_name
        combined = await combine(base, left, right, policy, self.top, longest=longest)
        if combined.stopped:
            return Merged(None, stopped=combined.stopped)
        for argv in self._table.merge:
            await self._tool.run(fill(argv, given), self.ours)
        await self._tool.output(self._table.resolved, self.ours, given)
        await asyncio.to_thread(self._write, left, combined)
        await self._commit([one.copy for one in combined.settled if one.copy])
        self.merged = await read_head(self._tool, self.ours)
        return Merged(self.merged, combined.settled)

    async def publish(self, values: dict[str, bytes]) -> None:
        """Give the merge to the remote."""
        await self._tool.output(self._table.publish, self.ours, self._values(values), network=True)

    async def advance(self, source: Path) -> None:
        """Take what a copy has more into the tree."""
        head = self.merged if source == self.ours else self.tip
        given = {"copy": os.fsencode(source), "id": os.fsencode(head.id if head else "")}
        await self._tool.output(self._table.advance, self._scope.root, given)

    def trees(self, source: Path) -> dict[bytes, Entry]:
        """All files of a copy; blocks."""
        return side_of(source, self._files(source)).tree

    def _values(self, values: dict[str, bytes]) -> dict[str, bytes]:
        places = {"theirs": self.theirs, "copy": self.ours, "base": self.top / "base"}
        return {**values, **{name: os.fsencode(place) for name, place in places.items()}}

    def _sides(self) -> tuple[Side, Side, Side]:
        """The three trees, in places where the tool's merge changes nothing."""
        kept = self.top / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        control = shutil.ignore_patterns(*(os.fsdecode(name) for name in self._scope.control))
        shutil.copytree(self.ours, kept, symlinks=True, ignore=control)
        folders = (self.top / "base", kept, self.theirs)
        base, left, right = (side_of(folder, self._files(folder)) for folder in folders)
        return base, left, right

    def _files(self, folder: Path) -> list[bytes]:
        top = os.fsencode(folder)
        found = []
        for here, folders, names in os.walk(top):
            links = [name for name in folders if os.path.islink(os.path.join(here, name))]
            folders[:] = [name for name in folders if name not in self._scope.control]
            every = [name for name in (*names, *links) if name not in self._scope.control]
            found += [os.path.relpath(os.path.join(here, name), top) for name in every]
        return sorted(found)

    def _write(self, left: Side, combined: Combined) -> None:
        """Make the files of the copy what was decided, whatever the tool's merge made of them."""
        for path in self._files(self.ours):
            os.unlink(os.path.join(os.fsencode(self.ours), path))
        contents = {entry.oid: left.places[path] for path, entry in left.tree.items()}
        everything: dict[bytes, Entry | None] = {**left.tree, **combined.changes}
        whole = Combined(everything, {**contents, **combined.contents})
        apply(whole, self.ours, {})

    async def _commit(self, named: Sequence[bytes]) -> None:
        """Commit what was written; a conflict copy also if the tool ignores such a name."""
        scope = self._scope.everything(self.ours)
        looker = Looker(self._tool, scope)
        stager = Stager(self._tool, looker)
        missed = await self._missed(named, looker)
        while missed or not await looker.clean():
            look = await looker.look(None)
            seen = {change.path for change in look.changes}
            added = tuple(Change(p, ChangeKind.ADDED) for p in missed if p not in seen)
            staged = await stager.stage(replace(look, changes=(*look.changes, *added)))
            values = {"message": MESSAGE.encode()}
            await self._tool.output(self._table.commit, self.ours, values)
            if not staged.unstable:
                return
            missed = ()

    async def _missed(self, named: Sequence[bytes], looker: Looker) -> tuple[bytes, ...]:
        """Those that are unknown to the tool."""
        if not (named and self._tool.table.files):
            return ()
        known = await list_files(self._tool, looker.scope.root)
        return tuple(path for path in named if path not in known)
