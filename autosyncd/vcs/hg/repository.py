"""One Mercurial working copy: each method hands over to the part that does it."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from autosyncd.core.brake import Deletions
from autosyncd.core.ignoring import BUILT_IN, IgnoreSources, compile_lines
from autosyncd.errors import NeedsUserError, RetryError
from autosyncd.vcs.base import (
    Change,
    Commit,
    ConflictCopy,
    FolderThen,
    Keep,
    Look,
    Merge,
    OpenOptions,
    Past,
    Repository,
    Restored,
    Settled,
    SettledNow,
    Standing,
)
from autosyncd.vcs.hg.command import Hg, raw
from autosyncd.vcs.hg.command import text as as_text
from autosyncd.vcs.hg.commit import Committer
from autosyncd.vcs.hg.deletions import weigh
from autosyncd.vcs.hg.explained import explained
from autosyncd.vcs.hg.ignore_rules import IgnoreRules
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.look import Looker
from autosyncd.vcs.hg.merge import Merger
from autosyncd.vcs.hg.notes import Notes
from autosyncd.vcs.hg.past import Archive
from autosyncd.vcs.hg.recovery import finish_commit, finish_rewording, mend_parent, mend_store
from autosyncd.vcs.hg.restore import Restorer
from autosyncd.vcs.hg.reword import reword
from autosyncd.vcs.hg.settling import Settler
from autosyncd.vcs.hg.stale import StaleGuard
from autosyncd.vcs.hg.standing import Inspector, Position
from autosyncd.vcs.hg.states import LOST
from autosyncd.vcs.hg.transfer import Transfer
from autosyncd.vcs.hg.tree_update import TreeUpdate
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.tree.displaced import AREA

log = logging.getLogger(__name__)

_TELLING = frozenset(
    {
        *(b"dirstate", b"branch", b"bookmarks", b"bookmarks.current", b"hgrc"),
        *(b"updatestate", b"rebasestate", b"histedit-state", b"graftstate", b"shelvedstate"),
        *(b"evolvestate", b"bisect.state", b"merge", b"00changelog.i", b"phaseroots", b"journal"),
    }
)
"""Entries of Mercurial's folders that say where the repository stands. Locks are none of them: each
attempt of ours to get one would have us try again at once."""


class HgRepository(Repository):
    """An opened Mercurial working copy, see `autosyncd.vcs.base.Repository`."""

    name = "hg"

    def __init__(self, hg: Hg, layout: Layout, options: OpenOptions) -> None:
        self.root = layout.root
        self.below = layout.below
        self.mended: tuple[str, ...] = ()
        self.control_dirs = (layout.control, layout.store)
        self.copies_in = layout.own / "copies"
        self._hg = hg
        self._layout = layout
        self._describing = layout.own / "describing"
        lines = (*BUILT_IN, *options.ignore)
        self._ignores = IgnoreRules(hg, layout, (*lines, f"/{os.fsdecode(AREA)}/"))
        self._notes = Notes(layout.own / "notes.json")
        self._inspector = Inspector(hg, layout, options.remote, self._notes)
        self._committer = Committer(hg, layout, hooks=options.commit_hooks)
        self._looker = Looker(hg, layout, compile_lines(lines))
        self._merger = Merger(hg, layout, Policy.compile(options.on_conflict, layout.below))
        self._transfer = Transfer(hg, self._inspector, self._notes)
        self._archive = Archive(hg, layout)
        self._update = TreeUpdate(hg, layout, options, self._merger)
        self._stale = StaleGuard(hg, layout, self._update, self._notes)
        self._restorer = Restorer(
            self._inspector, self._looker, self._committer, self._notes, self._update
        )
        self._settler = Settler(layout, self._archive, self._restorer)
        self._tree_lock = asyncio.Lock()
        """Moves, what they leave behind and restores use the same folders of ours."""

    @explained
    async def recover(self) -> None:
        """Make it sound, and bring to its end what an earlier daemon had begun."""
        self._layout.own.mkdir(exist_ok=True)
        for request in self._layout.own.glob("ask-*.json"):
            request.unlink(missing_ok=True)
        mended = await mend_store(self._hg, self._layout), await self._bring_parent_back()
        self.mended = tuple(one for one in mended if one)
        await self._inspector.check_settings()
        try:
            await finish_commit(self._hg, self._layout)
            await finish_rewording(self._hg, self._describing)
            position = await self._inspector.position()
        except (NeedsUserError, RetryError):
            return  # the user is in the middle of something; `inspect` says so
        await self._update.recover(position.label, position.head)

    async def close(self) -> None:
        """End the command server."""
        await self._hg.close()

    def control_event(self, name: bytes) -> bool:
        """Whether a changed entry of a control folder says that the user used Mercurial."""
        return name in _TELLING

    @explained
    async def ignore_sources(self) -> IgnoreSources:
        """Mercurial's rules and those of the configuration."""
        return await self._ignores.sources()

    def ignores_changed(self) -> bool:
        """Whether a rule file has changed, or which files are tracked."""
        return self._ignores.changed()

    @explained
    async def inspect(self) -> Standing:
        """Where the repository stands; raises NeedsUserError if it is gone.

        What an hg that was killed has left is rolled back first.
        """
        await self.mend()
        standing = await self._inspector.inspect()
        if standing.obstacle != LOST.what or not await self._bring_parent_back():
            return standing
        return await self._inspector.inspect()

    async def mend(self) -> None:
        """Roll back what an hg that was killed has left."""
        if mended := await mend_store(self._hg, self._layout):
            log.warning("%s: %s", self.root, mended)

    async def _bring_parent_back(self) -> str | None:
        mended = await mend_parent(self._hg, self._layout)
        if mended:
            log.warning("%s: %s", self.root, mended)
        return mended

    @explained
    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit; what an unfinished move wrote is nobody's change."""
        look = await self._looker.look(paths)
        if not self._update.unfinished:
            return look
        theirs = tuple(change for change in look.changes if not self.ours(change.path))
        return replace(look, changes=theirs)

    @explained
    async def deletions(self, look: Look, max_delete: float, earlier: int = 0) -> Deletions:
        """What the deletions of a look amount to; what is elsewhere now is none."""
        position = await self._inspector.position()
        return await weigh(self._hg, self._layout, position.head, look, max_delete, earlier)

    @explained
    async def commit(
        self, look: Look, message: Callable[[tuple[Change, ...]], Awaitable[str]]
    ) -> Commit | None:
        """Commit the changes of a look; None if there was nothing to commit after all.

        A save that undid what had just come in is followed by a commit that brings it back.
        """
        if not look.changes:
            return None
        position = await self._inspector.position()
        commit = await self._committer.commit(look, message, position.head)
        if commit:
            self._notes.set_head(position.label, commit.info.id)
            async with self._tree_lock:
                if merged := await self._stale.keep_incoming(commit, position.label):
                    self._notes.set_head(position.label, merged)
        return commit

    @explained
    async def fetch(self) -> None:
        """Ask the remote for what is new."""
        await self._transfer.fetch()

    @explained
    async def merge(self) -> Merge:
        """Bring both sides together in the store."""
        position, tip = await self._transfer.know()
        head = position.head
        await self._drop_needless(tip)
        if head is None or tip is None or head == tip:
            if both := head or tip:
                return Merge(both)
            raise RetryError("there is nothing to merge")
        if await self._hg.ask("contains", ancestor=head, descendant=tip):
            return await self._kept(head, Merge(tip))
        if await self._hg.ask("contains", ancestor=tip, descendant=head):
            return Merge(head)
        result = await self._merger.merge(head, tip)
        settled = tuple(Settled(note.path, note.copy, note.why) for note in result.notes)
        if result.commit is None:
            return Merge(None, result.stopped, settled)
        self._notes.set_pending((*self._notes.pending, result.commit))
        return await self._kept(head, Merge(result.commit, (), settled))

    async def _kept(self, head: str, merge: Merge) -> Merge:
        """The merge with the files on top that their programs do not let go of."""
        if not self._update.in_use or merge.target is None:
            return merge
        kept = await self._update.keep_in_use(head, merge.target)
        return Merge(kept, merge.stopped, merge.settled)

    async def _drop_needless(self, tip: str | None) -> None:
        """Take back merges that came too late, unless the remote has them by now."""
        left = []
        for commit in self._notes.pending:
            taken = tip and await self._hg.ask("known", commit=commit)
            if taken and await self._hg.ask("contains", ancestor=commit, descendant=tip):
                continue
            if not await self._hg.ask("drop", commit=commit):
                left.append(commit)
        self._notes.set_pending(tuple(left))

    @explained
    async def push(self, commit: str, branch: str | None = None) -> int:
        """Give the remote a commit, never forced; returns how many it had not."""
        return await self._transfer.push(commit, branch)

    @explained
    async def move(self, target: str, branch: str | None = None) -> int:
        """Move the working tree; returns how many paths changed."""
        position = await self._checked_position(branch)
        head = position.head
        if head and await self._hg.ask("contains", ancestor=target, descendant=head):
            return 0
        if head and not await self._hg.ask("contains", ancestor=head, descendant=target):
            raise RetryError(f"{position.label} moved meanwhile", hint="it is merged again")
        async with self._tree_lock:
            changed = await self._update.move(position.label, head, target)
        self._notes.set_head(position.label, target)
        return changed

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as `move` left it."""
        return self._update.ours(path)

    @explained
    async def tidy(self) -> float | None:
        """Bring to light what was written to files that a move had displaced."""
        if self._update.come_back_in() is None:
            return None
        position = await self._inspector.position()
        async with self._tree_lock:
            await self._update.rescue(position.label, position.head)
        return self._update.come_back_in()

    async def history(self, path: bytes | None, limit: int) -> tuple[Past, ...]:
        """The automatic commits, or all commits of a file, newest first."""
        return await self._archive.history(path, limit)

    async def conflict_copies(self) -> tuple[ConflictCopy, ...]:
        """The conflict copies in the watched folder."""
        return await self._archive.explained((await self._inspector.position()).head)

    async def count_conflict_copies(self) -> int:
        """How many there are."""
        return len(await self._archive.copies())

    async def settled_between(self, previous: str, target: str) -> tuple[Settled, ...]:
        """The conflicts of which `target` has a copy, and `previous` none."""
        return await self._archive.settled_between(previous, target)

    async def folder_at(self, path: bytes, at: str | float) -> FolderThen | None:
        """What a folder held then."""
        return await self._archive.folder(path, at)

    @explained
    async def restore(self, path: bytes, at: str | float, output: Path | None) -> Restored:
        """Bring back an earlier version of a file."""
        version = await self._archive.version(path, at)
        if output is not None:
            await self._archive.write_out(version, output)
            return Restored(version.commit)
        async with self._tree_lock:
            kept = await self._restorer.put(path, version.entry, version.content)
            self._update.stale.forget(path)
        return Restored(version.commit, kept)

    async def compare(self, path: bytes, copy: bytes) -> bytes:
        """How a conflict copy differs from its path, on disk."""
        return raw(await self._hg.ask("unified", path=as_text(path), copy=as_text(copy)))

    @explained
    async def settle(self, conflict: ConflictCopy, keep: Keep) -> SettledNow:
        """Do what the user wants done about a conflict."""
        async with self._tree_lock:
            settled = await self._settler.settle(conflict, keep)
            for path in settled.written:
                self._update.stale.forget(path)
        return settled

    @explained
    async def describe(self, commit: str, text: str) -> str:
        """Another subject for an automatic commit that was not published yet."""
        position = await self._inspector.position()
        tip = self._inspector.tip(await self._inspector.remote(), position)
        async with self._tree_lock:
            await self._drop_needless(tip)
            made = await reword(self._hg, self._describing, commit, text, position.head, tip)
            self._notes.set_head(position.label, made.head)
        return made.commit

    async def _checked_position(self, expected: str | None) -> Position:
        position = await self._inspector.position()
        if expected is not None and position.label != expected:
            raise RetryError(f"{position.label} is checked out now instead of {expected}")
        return position
