"""One git working copy: each method hands over to the part that does it."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from autosyncd.core.brake import Deletions
from autosyncd.core.covering import within
from autosyncd.core.ignoring import BUILT_IN, IgnoreSources, compile_lines
from autosyncd.errors import LeftOutError, RepositoryFailedError, RetryError, TooLargeError
from autosyncd.vcs.base import (
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
from autosyncd.vcs.git.authoring import Author
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.commit import Committer
from autosyncd.vcs.git.commits import Commits
from autosyncd.vcs.git.conflict_copies import Counted, list_copies
from autosyncd.vcs.git.control_folders import control_folders, tells_of_use
from autosyncd.vcs.git.deletions import weigh
from autosyncd.vcs.git.health import Health, watched
from autosyncd.vcs.git.history import automatic_commits, commits_of
from autosyncd.vcs.git.ignore_rules import IgnoreRules
from autosyncd.vcs.git.index_memory import IndexMemory, same_index
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.leave_out import LeaveOut
from autosyncd.vcs.git.lock import in_use, locked_since
from autosyncd.vcs.git.look import Looker
from autosyncd.vcs.git.merge import contained, merge_commits
from autosyncd.vcs.git.overtaken import OvertakenPaths
from autosyncd.vcs.git.peer import PeerFetch
from autosyncd.vcs.git.quick_look import QuickLook
from autosyncd.vcs.git.recorder import Recorder
from autosyncd.vcs.git.refs import head_commit
from autosyncd.vcs.git.rejoin import Describe, Rejoin
from autosyncd.vcs.git.rescue import keep_in_use
from autosyncd.vcs.git.restore import Restorer
from autosyncd.vcs.git.reword import Reword
from autosyncd.vcs.git.safety import Safety
from autosyncd.vcs.git.seen import rewritten
from autosyncd.vcs.git.settings import ConfigReader
from autosyncd.vcs.git.settling import Settler, compare
from autosyncd.vcs.git.standing import Inspector
from autosyncd.vcs.git.states import unfinished
from autosyncd.vcs.git.transfer import Transfer
from autosyncd.vcs.git.tree_update import TreeUpdate
from autosyncd.vcs.git.upkeep import Upkeep
from autosyncd.vcs.git.upstream import pending_ref
from autosyncd.vcs.git.versions import folder_at
from autosyncd.vcs.git.withheld import Withheld
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.tree.aside_list import AsideList
from autosyncd.vcs.tree.signature import signature_at


class GitRepository(Repository):
    """An opened git working copy, see `autosyncd.vcs.base.Repository`."""

    name = "git"

    def __init__(
        self, git: Git, layout: Layout, options: OpenOptions, config: ConfigReader | None = None
    ) -> None:
        self.root = layout.root
        self.below = layout.below
        self.mended: tuple[str, ...] = ()
        self.control_dirs = control_folders(layout)
        self.copies_in = layout.own / "copies"
        self._git = git
        self._layout = layout
        self._lines = (*BUILT_IN, *options.ignore)
        self._policy = Policy.compile(options.on_conflict, layout.below)
        withheld = Withheld()
        self._commits, self._memory = Commits(git), IndexMemory()
        config = config or ConfigReader(git, layout)
        self._inspector = Inspector(
            git, layout, options.remote, config, self._commits, self._memory
        )
        self._committer = Committer(
            git, layout, withheld, self._commits, self._memory, hooks=options.commit_hooks
        )
        self._copies = Counted(git, layout)
        quick = QuickLook(git, layout, self._memory)
        self._ignores = IgnoreRules(git, layout, self._inspector.config, self._lines)
        self._looker = Looker(git, layout, compile_lines(self._lines), withheld, quick)
        self._transfer = Transfer(
            git, layout, self._inspector, options.tell_progress, options.connections
        )
        self._peers = PeerFetch(git, layout)
        self.health = Health(git, layout, self._transfer.push_url)
        self._safety = Safety(git, layout)
        self._asides = AsideList(layout.root, layout.own / "aside.json")
        self._overtaken = OvertakenPaths(layout.own / "overtaken.json")
        self._update = TreeUpdate(
            *(git, layout, options.host, self._safety, self._asides, self._overtaken),
            *(self._inspector.config, self._memory, self._copies, options.shut),
        )
        self._upkeep = Upkeep(git, layout, self._policy, self._update, options)
        self._restorer = Restorer(git, layout, options)
        self._settler = Settler(git, layout, self._restorer)
        self._leaving = LeaveOut(git, layout)
        self._merged: tuple[str, str] | None = None
        """The last merge, and the branch it was made for."""
        self._kept_nothing: set[str] = set()
        """Branches without a ref that keeps a merge."""
        self._tree_lock = asyncio.Lock()
        """Moves, what they leave behind and restores use the same folders of ours."""
        rejoin = Rejoin(git, layout, self._policy, self._update, self._upkeep.trailers)
        self._recorder = Recorder(
            *(self._committer, self._upkeep, rejoin, self.health, self._commits, self._copies),
            *(self._tree_lock, self._forget_index),
        )

    async def recover(self) -> None:
        """Make it sound, and bring to its end what an earlier daemon had begun."""
        mended = await self.health.recover()
        self.mended = (mended,) if mended else ()
        if await self._upkeep.recover():
            self._forget_index()

    def control_event(self, name: bytes) -> bool:
        """Whether a changed entry of a control folder says that the user used git."""
        return tells_of_use(name)

    async def ignore_sources(self) -> IgnoreSources:
        """Where git's ignore rules and those of the configuration are."""
        return await self._ignores.sources()

    def ignores_changed(self) -> bool:
        """Whether settings have changed, or something came in that rules cover."""
        return self._ignores.changed()

    async def inspect(self) -> Standing:
        """Where the repository stands; raises NeedsUserError if it is gone."""
        await self.health.look_at_lock()
        return await self._inspector.inspect()

    @watched
    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit, at or below `paths` only, or everywhere.

        While a move is unfinished, what it wrote already is no change of anybody.
        """
        look = await self._looker.look(paths)
        await self._forget_overtaken(look, paths)
        left_out = (*look.left_out, *self._asides.left())
        look = replace(look, left_out=left_out, refused=self._leaving.refusals.sizes)
        look = replace(look, overtaken=frozenset(self._overtaken.known))
        if not self._upkeep.move_unfinished():
            return look
        theirs = tuple(change for change in look.changes if not self.ours(change.path))
        return replace(look, changes=theirs)

    async def deletions(self, look: Look, max_delete: float, earlier: int = 0) -> Deletions:
        """What the deletions of a look amount to, with those made a short while ago."""
        return await weigh(self._git, self._layout, look, max_delete, earlier)

    @watched
    async def commit(self, look: Look, message: Describe) -> Commit | None:
        """Commit the changes of a look; None if there was nothing to commit after all.

        A save that undid what had just come in is followed by a commit that brings it back.
        """
        if not look.changes:
            return None
        return await self._recorder.commit(look, message, await self._author())

    @watched
    async def fetch(self) -> None:
        """Ask the remote for what is new."""
        await self._transfer.fetch()
        await self._peers.forget()

    @watched
    async def take_from_peer(self, url: str, commit: str) -> bool:
        """Fetch a commit's objects from another machine; no branch moves by that."""
        return await self._peers.take(url, commit, await self._transfer.ssh())

    @watched
    async def merge(self) -> Merge:
        """Bring both sides together in the object database, kept by a ref of ours from gc."""
        view, upstream = await self._transfer.know()
        if view.tip.rewritten:
            raise rewritten(upstream)
        merge = await self._joined(view.head_id, view.tip.commit)
        if merge.target and merge.target not in (view.head_id, view.tip.commit):
            self._kept_nothing.discard(view.branch)
            await self._git.output("update-ref", pending_ref(view.branch), merge.target)
        self._merged = (merge.target, view.branch) if merge.target else None
        return merge

    @watched
    async def push(self, commit: str, branch: str | None = None) -> int:
        """Give the remote a commit, never forced; returns how many it had not.

        What it refuses for its size is taken out of what was not pushed yet, if it can be told.
        """
        branch, _ = await self._checked_position(branch)
        if self._merged and self._merged[0] == commit and self._merged[1] != branch:
            raise RetryError(f"{branch} is checked out now instead of {self._merged[1]}")
        try:
            return await self._transfer.push(commit, branch)
        except TooLargeError as error:
            await self._leave_out(branch, error)
            raise

    @watched
    async def move(self, target: str, branch: str | None = None) -> int:
        """Fast-forward branch and working tree; returns how many paths changed.

        Raises RetryError if the branch has by now what `target` lacks.
        """
        branch, head = await self._checked_position(branch)
        if head == target:
            return 0
        if head and not await self._commits.is_ancestor(head, target):
            if await self._commits.is_ancestor(target, head):
                return 0
            raise RetryError(f"{branch} moved meanwhile", hint="it is merged and tried again")
        async with self._tree_lock:
            changed = await self._upkeep.move(branch, head, target)
            await self._ignores.came_in(self._update.last)
        self._forget_index()
        if branch not in self._kept_nothing:
            await self._git.run("update-ref", "-d", pending_ref(branch))
            self._kept_nothing.add(branch)
        return changed

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as `move` left it."""
        return self._update.ours(path)

    @watched
    async def tidy(self) -> float | None:
        """Bring to light what was written to files that a move had displaced."""
        await self._safety.expire(time.time())
        await self._review_overtaken()
        if self._upkeep.come_back_in() is None:
            return None
        branch, head = await self._transfer.position()
        async with self._tree_lock:
            if await self._upkeep.rescue(branch, head, await self._author()):
                self._forget_index()
        return self._upkeep.come_back_in()

    async def _review_overtaken(self) -> None:
        if not self._overtaken.known:
            return
        _, head = await self._checked_position(None)
        async with self._tree_lock:
            if head and await self._upkeep.review_overtaken(head, await self._author()):
                self._forget_index()

    async def _forget_overtaken(self, look: Look, paths: frozenset[bytes] | None) -> None:
        """What is not listed any more is on disk as it is in the index."""
        if not self._overtaken.known:
            return
        listed = {change.path for change in look.changes}.union(look.unstable, look.passing)
        listed |= {left.path for left in look.left_out}
        if any(within(p, paths) and p not in listed for p in self._overtaken.known):
            _, head = await self._transfer.position()
            if head:
                await self._update.committed_by_hand(head)

    async def history(self, path: bytes | None, limit: int) -> tuple[Past, ...]:
        """The automatic commits, or all commits of a file, newest first."""
        if path is None:
            return await automatic_commits(self._git, self.below, limit)
        return await commits_of(self._git, path, limit)

    async def conflict_copies(self) -> tuple[ConflictCopy, ...]:
        """The conflict copies in the watched folder."""
        return await list_copies(self._git, self._layout)

    async def count_conflict_copies(self) -> int:
        """How many there are."""
        return await self._copies.count(await head_commit(self._git, self._layout))

    async def settled_between(self, previous: str, target: str) -> tuple[Settled, ...]:
        """The conflicts of which one commit has a copy, and an earlier one none."""
        return await self._copies.settled_between(previous, target)

    async def compare(self, path: bytes, copy: bytes) -> bytes:
        """How a conflict copy differs from its path, on disk."""
        return await compare(self._git, path, copy)

    async def settle(self, conflict: ConflictCopy, keep: Keep) -> SettledNow:
        """Do what the user wants done about a conflict."""
        async with self._tree_lock:
            settled = await self._settler.settle(conflict, keep)
            for path in settled.written:
                self._upkeep.mean(path)
        return settled

    async def folder_at(self, path: bytes, at: str | float) -> FolderThen | None:
        """What a folder held then."""
        return await folder_at(self._git, path, at)

    async def restore(self, path: bytes, at: str | float, output: Path | None) -> Restored:
        """Bring back an earlier version of a file."""
        if output is not None:
            return await self._restorer.write_out(path, at, output)
        async with self._tree_lock:
            restored = await self._restorer.bring_back(path, at)
            self._upkeep.mean(path)
        return restored

    @watched
    async def describe(self, commit: str, text: str) -> str:
        """Another subject for an automatic commit that was not published yet."""
        branch, head = await self._checked_position(None)
        if locked_since(self._layout.index) is not None:
            raise in_use(self._layout.index)  # a commit that is being written would fail at its end
        if head is None:
            raise RepositoryFailedError(f"cannot describe {commit[:12]}: there is no commit here")
        view = await self._inspector.view(branch)
        signs = view.config.true("commit.gpgsign")
        work = Reword(self._git, self._safety, branch, head, view.tip.commit, signs)
        async with self._tree_lock:
            new = await work.run(commit, text)
        self._forget_index()
        return new

    async def _joined(self, ours: str | None, theirs: str | None) -> Merge:
        if ours is None or theirs is None or ours == theirs:
            if both := ours or theirs:
                return Merge(both)
            raise RetryError("there is nothing to merge")
        result = contained(self._commits, ours, theirs) or await merge_commits(
            self._git, self._layout, ours, theirs, self._policy
        )
        settled = tuple(Settled(note.path, note.copy, note.why) for note in result.notes)
        if result.commit is None or not self._update.in_use:
            return Merge(result.commit, result.stopped, settled)
        kept = await keep_in_use(
            self._git,
            self._layout,
            await self._author(),
            (ours, result.commit),
            self._update.in_use,
            self._upkeep.trailers,
        )
        return Merge(kept, (), settled)

    async def _checked_position(self, expected: str | None) -> tuple[str, str | None]:
        """The branch and its commit, read once: whoever switches branches while a remote is waited
        for must not get the other's."""
        branch, head = await self._transfer.position()
        if expected is not None and branch != expected:
            raise RetryError(f"{branch} is checked out now instead of {expected}")
        if business := unfinished(self._layout):
            raise RetryError(business.what, hint=business.cure)
        return branch, head

    async def _leave_out(self, branch: str, refused: TooLargeError) -> None:
        """Raises LeftOutError if something could be taken out."""
        async with self._tree_lock:
            await self._checked_position(branch)
            view, upstream = await self._transfer.know(branch)
            signs = view.config.true("commit.gpgsign")
            tip, said = view.tip.commit, refused.complaint
            paths = await self._leaving.run(branch, tip, said, signs=signs)
            if paths:
                self._forget_index()
                raise LeftOutError(f"{upstream.remote} can't take a file of that size", paths)

    async def _author(self) -> Author:
        config = await self._inspector.config.read()
        return Author(self._git, signs=config.true("commit.gpgsign"))

    def _forget_index(self) -> None:
        """A move has written the index, and told the memory so; if it is another one by now, that
        is somebody else's: a checkout may just be under way."""
        signature = signature_at(self._layout.index)
        if same_index(signature, self._memory.signature):
            self._inspector.wrote_index(signature)
