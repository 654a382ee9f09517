"""One working copy of a tool that a table describes."""

import asyncio
import os
import time
from pathlib import Path

from autosyncd.config.model import OnConflict
from autosyncd.core.brake import Deletions
from autosyncd.core.ignoring import BUILT_IN, IgnoreSources
from autosyncd.errors import (
    EditedError,
    NeedsUserError,
    RejectedError,
    RepositoryFailedError,
    RetryError,
    ToolError,
)
from autosyncd.vcs.base import (
    Change,
    ChangeKind,
    Commit,
    CommitInfo,
    ConflictCopy,
    Look,
    Merge,
    OpenOptions,
    Relation,
    Repository,
    Settled,
    Standing,
)
from autosyncd.vcs.merging.conflict_names import original_of
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.table.aside import put_aside
from autosyncd.vcs.table.central import Meeting, ask
from autosyncd.vcs.table.contents import entry_at
from autosyncd.vcs.table.copies import Copies
from autosyncd.vcs.table.heads import read_head
from autosyncd.vcs.table.listing import list_files, matching
from autosyncd.vcs.table.look import Looker
from autosyncd.vcs.table.scope import inside, make_scope
from autosyncd.vcs.table.staging import Message, Staged, Stager
from autosyncd.vcs.table.tool import Tool

UNKNOWN = ""
"""The id of commits of tools that have no command to tell one."""

RACES = 5
"""How often a commit is tried again that another machine's overtook."""


class TableRepository(Repository):
    """An opened working copy, see `autosyncd.vcs.base.Repository`."""

    def __init__(self, tool: Tool, root: Path, below: bytes, options: OpenOptions) -> None:
        table = tool.table
        self.name = table.name
        self.root = root
        self.below = below
        self._tool = tool
        self._options = options
        self._lines = (*BUILT_IN, *options.ignore)
        self._scope = make_scope(root, below, self._lines, table, options.host)
        self._policy = Policy.compile(_without_newest(options.on_conflict), below)
        self._looker = Looker(tool, self._scope)
        self._stager = Stager(tool, self._looker)
        self._lock = asyncio.Lock()
        """Whoever uses the tree waits for who does."""
        self._url: str | None = None
        self._last: CommitInfo | None = None
        self._tip: str | None = None
        self._ahead = 0
        self._behind = 0
        self._settled: tuple[Settled, ...] = ()
        self._copies: Copies | None = None

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
        if self._url is None:
            self._url = await self._ask_url()
        head = await self._head()
        last = self._last
        if head and last and head.id != last.id and not self._tool.table.central:
            self._ahead = max(self._ahead, 1)
        if head and (last is None or head.id != last.id):
            self._last = head
        relation = self._relation()
        remote = None if relation is Relation.NO_REMOTE else "default"
        return Standing(
            branch=None,
            remote=remote,
            url=(self._url or None) if remote else None,
            relation=relation,
            head=self._last.id if self._last else UNKNOWN,
            tip=self._tip or (UNKNOWN if self._behind else None),
            ahead=self._ahead,
            behind=self._behind,
            last_commit=self._last,
        )

    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit."""
        async with self._lock:
            return await self._looker.look(paths)

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
            if self._tool.table.central:
                return await self._commit_centrally(look, message)
            staged = await self._stager.stage(look)
            if not staged.changes:
                return None
            if not self._tool.table.changes and await self._looker.clean():
                self._looker.remember(_touched(staged.changes))
                self._looker.unsure = False
                return None
            return await self._commit_staged(staged, message)

    async def fetch(self) -> None:
        """Ask the remote what it has; a tool that can't tell pulls, if the tree is clean."""
        table, values = self._tool.table, self._values()
        self._url = await self._ask_url()
        if table.central:
            incoming = await ask(self._tool, self.root, self._values())
            self._behind, self._tip = len(incoming.paths), incoming.tip
        elif table.incoming:
            await self._tool.output(table.fetch, self.root, values, network=True)
            await self._compare()
        elif table.pull:
            async with self._lock:
                await self._pull()

    async def merge(self) -> Merge:
        """Bring both sides together, in copies; a central tool has done so with the commit."""
        settled, self._settled = self._settled, ()
        if self._copies is None or self._copies.tip is None:
            return Merge(self._tip or UNKNOWN, (), settled)
        if not self._ahead:
            return Merge(self._copies.tip.id)
        merged = await self._copies.merge(self._policy, self._values())
        target = merged.head.id if merged.head else None
        return Merge(target, merged.stopped, merged.settled)

    async def push(self, commit: str, branch: str | None = None) -> int:
        """Give the remote what it has not."""
        del branch
        table, values, number = self._tool.table, self._values(), self._ahead
        if self._copies and self._copies.merged and self._copies.merged.id == commit:
            await self._check_tip()
            await self._copies.publish(values)
            self._ahead = 0
            return number + 1
        if not table.push:
            return 0
        await self._check_tip()
        await self._tool.output(table.push, self.root, values, network=True)
        self._ahead -= min(number, self._ahead)
        return number

    async def move(self, target: str, branch: str | None = None) -> int:
        """Bring the tree to what was merged; returns how many paths changed."""
        del branch
        async with self._lock:
            if self._tool.table.central:
                return await self._update()
            if self._copies is not None:
                return await self._advance(self._copies, target)
            number, self._behind = self._behind, 0
            return number

    async def describe(self, commit: str, text: str) -> str:
        """No table has a command for it."""
        del commit, text
        raise RepositoryFailedError(
            f"the message can't be changed: {self.name} has no command for that"
        )

    async def conflict_copies(self) -> tuple[ConflictCopy, ...]:
        """The conflict copies in the watched folder."""
        return await asyncio.to_thread(self._find_copies)

    # --- commits

    async def _commit_staged(self, staged: Staged, message: Message) -> Commit:
        text = await message(staged.changes)
        await self._stager.commit(staged, text)
        return await self._made(staged, text)

    async def _made(self, staged: Staged, text: str) -> Commit:
        self._looker.remember(_touched(staged.changes))
        self._looker.unsure = False
        head = await self._head()
        subject = text.split("\n", 1)[0]
        info = CommitInfo(head.id if head else UNKNOWN, time.time(), subject)
        self._last = info
        if not self._tool.table.central:
            self._ahead += 1
        return Commit(info, staged.changes, staged.unstable)

    async def _commit_centrally(self, look: Look, message: Message) -> Commit | None:
        """Commit; what the server has in the same places is merged before."""
        meeting = Meeting(self._tool, self._scope, self._policy, self._values())
        for _ in range(RACES):
            staged = await self._stager.stage(look)
            if not staged.changes:
                return None
            text = await message(staged.changes)
            try:
                await self._stager.commit(staged, text)
            except RejectedError:
                look = await self._meet(meeting, staged)
            else:
                return await self._made(staged, text)
        raise RetryError("other machines commit all the time")

    async def _meet(self, meeting: Meeting, staged: Staged) -> Look:
        """Take in what the server has; what is left to be committed then."""
        incoming = await ask(self._tool, self.root, self._values())
        await meeting.prepare(staged.changes)
        combined = await meeting.take_in(staged.changes, incoming)
        self._settled += combined.settled
        self._behind, self._tip = max(1, len(incoming.paths)), incoming.tip
        ours = {*_touched(staged.changes), *combined.changes}
        self._looker.remember(incoming.paths - ours)
        again = await self._looker.look(frozenset(ours))
        return Look(again.changes)

    # --- the remote

    async def _compare(self) -> None:
        """How many commits each side has more."""
        table, values = self._tool.table, self._values()
        self._behind = await self._count(table.incoming, table.incoming_line)
        if table.outgoing:
            self._ahead = await self._count(table.outgoing, table.outgoing_line)
        self._drop_copies()
        self._tip = self._last.id if self._last and not self._behind else None
        if self._behind and table.merge:
            copies = Copies(self._tool, table.merge, self._scope)
            await copies.fetch(values)
            self._copies, self._tip = copies, copies.tip.id if copies.tip else None

    async def _count(self, commands: tuple[tuple[str, ...], ...], form: str) -> int:
        total = 0
        for words in self._tool.commands(commands, self._values()):
            finished = await self._tool.run(words, self.root, network=True)
            text = finished.stdout.decode("utf-8", "surrogateescape")
            found = len(matching(text, form))
            if finished.returncode and not found and finished.stderr.strip():
                raise self._tool.failure(words, finished, network=True)
            total += found
        return total

    async def _check_tip(self) -> None:
        """Raise RejectedError where the remote has moved and the tool would not mind."""
        table = self._tool.table
        if not table.fetch:
            return
        await self._tool.output(table.fetch, self.root, self._values(), network=True)
        if await self._count(table.incoming, table.incoming_line) > (1 if self._copies else 0):
            raise RejectedError("the remote has moved meanwhile")

    async def _pull(self) -> None:
        """Pull into the tree, if nothing there waits for a commit."""
        if (await self._looker.look(None)).changes:
            raise RetryError("there are changes that have to be committed before a pull")
        before = await asyncio.to_thread(self._scope.stamps, (self.below,))
        table, head = self._tool.table, self._last
        await self._tool.output(table.pull, self.root, self._values(), network=True)
        after = await asyncio.to_thread(self._scope.stamps, (self.below,))
        changed = {path for path in before.keys() | after if before.get(path) != after.get(path)}
        clean = await self._looker.clean()
        self._looker.remember(changed)
        if not clean:
            self._looker.doubt(changed)
        self._behind += len(changed)
        self._last = await self._head() or head
        self._tip = self._last.id if self._last else None

    async def _update(self) -> int:
        """Have a central tool update the tree, in which no change is in the way."""
        incoming = await ask(self._tool, self.root, self._values())
        if incoming.paths:
            await self._make_way(incoming.paths)
            await self._tool.output(self._tool.table.pull, self.root, self._values(), network=True)
            self._looker.remember(incoming.paths)
        number = max(self._behind, len(incoming.paths))
        self._behind, self._tip = 0, incoming.tip
        return number

    async def _advance(self, copies: Copies, target: str) -> int:
        """Bring the tree to what a copy has."""
        merged = copies.merged is not None and copies.merged.id == target
        source = copies.ours if merged else copies.theirs
        coming = await asyncio.to_thread(copies.trees, source)
        tracked = await list_files(self._tool, self.root)
        differing = {
            path
            for path in coming.keys() | tracked
            if entry_at(self._scope.full(path)) != coming.get(path)
        }
        await self._make_way(frozenset(differing))
        await copies.advance(source)
        self._looker.remember(differing)
        self._last = await self._head() or self._last
        self._behind = 0
        self._tip = target
        self._drop_copies()
        return len(differing)

    async def _make_way(self, coming: frozenset[bytes]) -> None:
        """Nobody's change may be in the way; raises EditedError. What is ignored moves aside."""
        look = await self._looker.look(None)
        ours = {path for change in look.changes for path in _touched((change,))}
        edited = frozenset(
            path
            for path in ours
            if any(inside(one, path) or inside(path, one) for one in coming if one != b".")
        )
        if edited:
            raise EditedError("files were changed that are about to change", edited)
        tracked = await list_files(self._tool, self.root)
        obstacles = sorted(path for path in coming - tracked if self._blocks(path))
        await asyncio.to_thread(put_aside, self._scope, obstacles, self._options.host)

    def _blocks(self, path: bytes) -> bool:
        return entry_at(self._scope.full(path)) is not None

    # --- small things

    async def _ask_url(self) -> str:
        table = self._tool.table
        if not table.remote_url:
            return ""
        try:
            text = await self._tool.output(table.remote_url, self.root)
        except ToolError:
            return ""  # no remote has been set
        url = text.strip().split("\n")[0].strip()
        return os.path.normpath(self.root / url) if url.startswith(("./", "../")) else url

    async def _head(self) -> CommitInfo | None:
        """The last commit; of one that we made we know more than the tool tells."""
        head = await read_head(self._tool, self.root)
        return self._last if head and self._last and head.id == self._last.id else head

    def _relation(self) -> Relation:
        table = self._tool.table
        nowhere = not (table.push or table.pull) or self._options.remote == "none"
        if nowhere or (table.remote_url and not self._url):
            return Relation.NO_REMOTE
        if self._behind:
            return Relation.DIVERGED if self._ahead else Relation.BEHIND
        return Relation.AHEAD if self._ahead and table.push else Relation.SAME

    def _values(self) -> dict[str, bytes]:
        return {"url": (self._url or "").encode("utf-8", "surrogateescape")}

    def _drop_copies(self) -> None:
        if self._copies:
            self._copies.close()
        self._copies = None

    def _find_copies(self) -> tuple[ConflictCopy, ...]:
        found = []
        for path, _ in self._scope.walk(self.below):
            if b".conflict-" in path and (original := original_of(path)):
                there, copy = entry_at(self._scope.full(original)), entry_at(self._scope.full(path))
                exists = there is not None
                found.append(ConflictCopy(original, path, None, None, exists, there != copy))
        return tuple(found)


def _touched(changes: tuple[Change, ...]) -> list[bytes]:
    """The paths of changes, those that renamed ones had before included."""
    return [path for c in changes for path in (c.source, c.path) if path is not None]


def _without_newest(
    rules: tuple[tuple[str, OnConflict], ...],
) -> tuple[tuple[str, OnConflict], ...]:
    """A table does not tell which version is the newer: both are kept."""
    return tuple((p, "keep-both" if way == "newest" else way) for p, way in rules)
