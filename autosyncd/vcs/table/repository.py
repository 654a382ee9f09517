"""One working copy of a tool that a table describes."""

import asyncio
from functools import partial
from pathlib import Path

from autosyncd.config.model import OnConflict
from autosyncd.core.brake import Deletions
from autosyncd.core.ignoring import BUILT_IN, IgnoreSources
from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import (
    ChangeKind,
    Commit,
    ConflictCopy,
    Look,
    Merge,
    OpenOptions,
    Repository,
    Standing,
)
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.table.advancing import Advance
from autosyncd.vcs.table.committing import Committer
from autosyncd.vcs.table.conflict_copies import find_copies
from autosyncd.vcs.table.copies import Copies
from autosyncd.vcs.table.counting import check_tip, count_both
from autosyncd.vcs.table.finishing import finish
from autosyncd.vcs.table.incoming import ask
from autosyncd.vcs.table.listing import list_files
from autosyncd.vcs.table.look import Looker
from autosyncd.vcs.table.paths import inside
from autosyncd.vcs.table.position import UNKNOWN, Position
from autosyncd.vcs.table.scope import make_scope
from autosyncd.vcs.table.staging import Message
from autosyncd.vcs.table.tool import Tool
from autosyncd.vcs.table.workplace import KEPT, left_behind, sweep
from autosyncd.vcs.tree.hidden import let_in
from autosyncd.vcs.tree.saving import without_passing


class TableRepository(Repository):
    """An opened working copy, see `autosyncd.vcs.base.Repository`."""

    def __init__(self, tool: Tool, root: Path, below: bytes, options: OpenOptions) -> None:
        table = tool.table
        self.name = table.name
        self.root = root
        self.below = below
        self._tool = tool
        self._commit_only = options.remote == "none"
        self._lines = (*BUILT_IN, *options.ignore)
        self._scope = make_scope(root, below, self._lines, table, options.host)
        self._policy = Policy.compile(_without_newest(options.on_conflict), below)
        self._looker = Looker(tool, self._scope)
        self._position = Position(tool, self._scope)
        self._shut = partial(options.shut, root)
        self._committer = Committer(self._position, self._looker, self._policy, self._shut)
        self._tree = Advance(self._position, self._looker, options.host)
        self._copies: Copies | None = None
        self._lock = asyncio.Lock()
        """Whoever uses the tree waits for who does."""

    async def close(self) -> None:
        """Take the copies away."""
        await self._drop_copies()

    async def recall(self) -> None:
        """Find out what is there, so that later changes can be told."""
        await self._looker.recall()

    async def ignore_sources(self) -> IgnoreSources:
        """The patterns of the configuration and of the table; the tool's own are its own."""
        own = tuple(f"/{name.removeprefix('/')}" for name in self._tool.table.ignore)
        base = self.below
        lines = (*self._lines, *(own if not base else ()))
        return IgnoreSources(lines=lines, base=base, control=self._scope.control)

    async def inspect(self) -> Standing:
        """Where the working copy stands; raises NeedsUserError if it is none any more."""
        if not (self.root / self._tool.table.detect).exists():
            raise NeedsUserError(
                f"{self.root} is no {self.name} working copy any more",
                hint=f"bring back its {self._tool.table.detect}, or remove it from autosync.yaml",
            )
        position = self._position
        if position.url is None:
            await position.ask_places()
        head, last = await position.ask_head(), position.last
        if head and last and head.id != last.id and not self._tool.table.central:
            position.ahead = max(position.ahead, 1)
        if head and (last is None or head.id != last.id):
            position.last = head
        return position.standing(await position.unfinished(), commit_only=self._commit_only)

    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit.

        A tool that lists no changes commits all or nothing, also what a save leaves for moments.
        """
        async with self._lock:
            await self._finish()
            look = await self._looker.look(paths)
        if not (look.changes and self._tool.table.changes):
            return look
        root, cut = bytes(self.root), len(self.below) + 1 if self.below else 0
        return await asyncio.to_thread(without_passing, root, look, self._scope.patterns, cut)

    async def deletions(self, look: Look, max_delete: float, earlier: int = 0) -> Deletions:
        """What the deletions of a look amount to; what was only moved is none."""
        del max_delete
        gone = frozenset(c.path for c in look.changes if c.kind is ChangeKind.DELETED)
        news = (ChangeKind.ADDED, ChangeKind.RENAMED)
        added = sum(change.kind in news for change in look.changes)
        tracked = await list_files(self._tool, self.root) or self._looker.known or ()
        within = sum(1 for path in tracked if inside(path, self.below))
        return Deletions(gone, max(within, len(gone)), added, earlier)

    async def commit(self, look: Look, message: Message) -> Commit | None:
        """Commit the changes of a look; with a central tool also merge and push them."""
        if not look.changes:
            return None
        async with self._lock:
            return await self._committer.commit(look, message)

    async def fetch(self) -> None:
        """Ask the remote what it has; a tool that can't tell pulls, if the tree is clean."""
        table, position = self._tool.table, self._position
        await position.ask_places()
        async with self._lock:
            await self._finish()
        if (there := Path(position.url or "")).is_absolute():
            await self._tool.free(there)
        if table.central:
            incoming = await ask(self._tool, self._scope, position.values())
            position.behind, position.tip = len(incoming.paths), incoming.tip
        elif table.incoming:
            await self._tool.output(table.fetch, self.root, position.values(), network=True)
            position.last = position.last or await position.ask_head()
            await count_both(position)
            await self._copy_theirs()
        elif table.pull:
            let_in(self._shut())
            async with self._lock:
                await self._tree.pull()

    async def merge(self) -> Merge:
        """Bring both sides together, in copies; a central tool has done so with the commit."""
        position = self._position
        settled, position.settled = position.settled, ()
        if self._copies is None or self._copies.tip is None:
            return Merge(position.tip or UNKNOWN, (), settled)
        if not position.ahead:
            return Merge(self._copies.tip.id)
        merged = await self._copies.merge(self._policy, position.values())
        target = merged.head.id if merged.head else None
        return Merge(target, merged.stopped, merged.settled)

    async def push(self, commit: str, branch: str | None = None) -> int:
        """Give the remote what it has not."""
        del branch
        table, position = self._tool.table, self._position
        number = position.ahead
        if self._copies and self._copies.merged and self._copies.merged.id == commit:
            await check_tip(position, known=position.behind)
            await self._copies.publish(position.values())
            position.ahead = 0
            return number + 1
        if not table.push:
            return 0
        await check_tip(position, known=0)
        await self._tool.output(table.push, self.root, position.values(), network=True)
        position.ahead -= min(number, position.ahead)
        return number

    async def move(self, target: str, branch: str | None = None) -> int:
        """Bring the tree to what was merged; returns how many paths changed.

        Tools bring back what they miss, whatever they are asked for: they wait as long as another
        file system hides a part of the tree.
        """
        del branch
        async with self._lock:
            if self._tool.table.central:
                let_in(self._shut())
                return await self._tree.update()
            if self._copies is not None:
                let_in(self._shut())
                number = await self._tree.to(self._copies, target)
                await self._drop_copies()
                return number
            number, self._position.behind = self._position.behind, 0
            return number

    async def conflict_copies(self) -> tuple[ConflictCopy, ...]:
        """The conflict copies in the watched folder."""
        return await asyncio.to_thread(find_copies, self._scope)

    async def _finish(self) -> None:
        """Finish an advance of the tree that was broken off, by us or by a daemon that is dead."""
        table = self._tool.table
        await self._tool.free(self.root)
        if not (table.merge and table.merge.finish):
            return
        own = (self._copies.top,) if self._copies else ()
        with left_behind(self.root / table.detect) as others:
            for place in (*own, *others):
                let_in(self._shut() if (place / KEPT).exists() else frozenset())
                await finish(self._tool, self._scope, place)
        if others:
            await asyncio.to_thread(sweep, self.root / table.detect)

    async def _copy_theirs(self) -> None:
        """Have what the remote has more at hand, for a merge."""
        await self._drop_copies()
        table, position = self._tool.table, self._position
        if position.behind and table.merge:
            copies = Copies(self._tool, table.merge, self._scope)
            try:
                await copies.fetch(position.values())
            except BaseException:
                await asyncio.shield(copies.close())
                raise
            self._copies, position.tip = copies, copies.tip.id if copies.tip else None

    async def _drop_copies(self) -> None:
        copies, self._copies = self._copies, None
        if copies:
            await copies.close()


def _without_newest(
    rules: tuple[tuple[str, OnConflict], ...],
) -> tuple[tuple[str, OnConflict], ...]:
    """A table does not tell which version is the newer: both are kept."""
    return tuple((p, "keep-both" if way == "newest" else way) for p, way in rules)
