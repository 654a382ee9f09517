"""Moves of the working tree, and what they leave to be looked after: interrupted ones, late
writes, and saves from editors that had not seen them."""

import logging
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from autosyncd.errors import AutosyncError, RetryError
from autosyncd.vcs.base import Change, ChangeKind, Commit, CommitInfo, OpenOptions
from autosyncd.vcs.git.authoring import Author
from autosyncd.vcs.git.auxiliary import Auxiliary, open_auxiliary
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.copies import place_copies
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.merge import merge_commits
from autosyncd.vcs.git.mover import forget, recover_move, sweep
from autosyncd.vcs.git.objects import amend_tree, difference, entries_at
from autosyncd.vcs.git.refs import branch_ref, current_branch, read_refs
from autosyncd.vcs.git.rescue import commit_late_writes
from autosyncd.vcs.git.text_merge import GitLines
from autosyncd.vcs.git.tree_update import TreeUpdate
from autosyncd.vcs.merging.document_locks import lock_of
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.merging.stale_saves import Stale, StaleSaves
from autosyncd.vcs.tree.displaced import generations
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.update_journal import read_journal

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds that writers of a displaced file have before it is looked at."""

COME_BACK = 5.0

LONGEST_WAIT = 300.0
"""Seconds after which one that waits for the user is looked at again at the latest."""


@dataclass(slots=True)
class Upkeep:
    """The moves of one working tree, from one daemon's life to the next."""

    git: Git
    layout: Layout
    policy: Policy
    update: TreeUpdate
    options: OpenOptions
    _stale: StaleSaves = field(init=False)
    _unfit: bool = False
    """Whether something that was written late waits for the user."""
    _waits: int = 0
    """How often in a row that was so."""

    def __post_init__(self) -> None:
        self._stale = StaleSaves(self.layout.own / "updates.json", lock_of(self.layout.root))
        self._stale.load(time.time())

    def move_unfinished(self) -> bool:
        """Whether the tree is between two commits: partly new, HEAD still old."""
        return read_journal(self.layout) is not None

    async def move(self, branch: str, old: str | None, new: str) -> int:
        """Move the tree, and remember what came in."""
        changed, came_in = await self.update.move(branch, old, new)
        self._stale.remember(came_in, time.time())
        return changed

    async def recover(self) -> bool:
        """Finish a move that was interrupted; returns whether there was one."""
        target = await recover_move(self.git, self.layout)
        if target is None:
            return False
        branch = await current_branch(self.git, self.layout)
        if branch is None:
            return False
        ref = (await read_refs(self.git, branch_ref(branch))).get(branch_ref(branch))
        log.info("finishing an update of %s that was interrupted", self.layout.root)
        try:
            await self.move(branch, ref.commit.id if ref else None, target)
        except AutosyncError as error:
            log.info("it goes on after the first look: %s", error.line())
        return True

    async def rescue(self, branch: str, head: str | None, author: Author) -> bool:
        """Commit what was written to displaced files; returns whether anything was."""
        self._unfit = False
        late = await sweep(self.git, self.layout, grace=GRACE, fit=self._fit)
        self._waits = self._waits + 1 if self._unfit else 0
        if not late or head is None:
            return False
        names = ", ".join(write.path.decode("utf-8", "backslashreplace") for write in late[:5])
        message = self._message(f"autosync: keep what was written late to {names}")
        log.info("%s was written while it was updated; both versions are kept", names)
        for commit in await commit_late_writes(self.git, self.layout, author, late, message):
            result = await merge_commits(self.git, self.layout, head, commit, self.policy)
            if result.commit is None:
                raise RetryError(f"{names} was written late, and `on_conflict: stop` is set")
            await self.move(branch, head, result.commit)
            head = result.commit
        for write in late:
            forget(write)
        return True

    async def keep_incoming(self, commit: Commit, author: Author) -> bool:
        """Bring back what a stale save undid; returns whether one did."""
        paths = self._stale.concerned(change.path for change in commit.changes)
        if not paths:
            return False
        saved = await entries_at(self.git, commit.info.id, paths)
        auxiliary = open_auxiliary(self.git, self.layout)
        found = await self._stale.find(
            GitLines(auxiliary), {path: saved.get(path) for path in paths}, time.time()
        )
        if not found:
            return False
        found = tuple([await self._fitting(auxiliary, stale) for stale in found])
        changes: dict[bytes, Entry | None] = {stale.path: stale.entry for stale in found}
        copies = [(stale.path, stale.incoming) for stale in found if stale.beside]
        changes.update(await place_copies(self.git, commit.info.id, changes, copies))
        with auxiliary.private_index() as index:
            tree = await amend_tree(self.git, commit.info.id, changes, index, self.layout.zero)
        names = ", ".join(stale.path.decode("utf-8", "backslashreplace") for stale in found[:5])
        message = self._message(f"autosync: keep what came in for {names}")
        merged = await author.commit(tree, (commit.info.id,), message)
        log.info("%s was saved by an editor that had not seen the update; merged", names)
        await self._bring_back(commit, merged.id)
        return True

    async def _fitting(self, auxiliary: Auxiliary, stale: Stale) -> Stale:
        """Where the merged lines must not be committed, the save stays, and what came in goes
        beside it."""
        if stale.entry == stale.saved:
            return stale
        with auxiliary.private_index() as scratch:
            file = scratch.with_name("merged")
            file.write_bytes(await self.git.output("cat-file", "blob", stale.entry.oid))
            if await self.options.fit(stale.path, file):
                return stale
        return replace(stale, entry=stale.saved, beside=True)

    async def _bring_back(self, commit: Commit, merged: str) -> None:
        branch = await current_branch(self.git, self.layout)
        changes = await difference(self.git, commit.info.id, merged)
        try:
            if branch:
                await self.update.move(branch, commit.info.id, merged)
        except AutosyncError as error:
            log.info("cannot merge the save yet: %s", error.line())
            self._remember_again(changes)

    def _remember_again(self, changes: tuple[Difference, ...]) -> None:
        self._stale.remember(changes, time.time())

    def mean(self, path: bytes) -> None:
        """The user asked for the version that is there now: it is no stale save."""
        self._stale.forget(path)
        self.update.overtaken.forget((path,))

    async def review_overtaken(self, head: str, author: Author) -> bool:
        """Forget overtaken paths that are in step with the branch; returns whether it moved.

        Who has committed the version on disk by hand may not have seen what came in: that is
        brought back, as after a stale save.
        """
        by_hand = await self.update.committed_by_hand(head)
        if not by_hand:
            return False
        changes = tuple(Change(one.path, ChangeKind.MODIFIED) for one in by_hand)
        self._stale.remember(by_hand, time.time())
        self.update.overtaken.forget(one.path for one in by_hand)
        return await self.keep_incoming(Commit(CommitInfo(head, 0.0, ""), changes), author)

    def come_back_in(self) -> float | None:
        """Seconds until displaced files should be looked at; None if there are none."""
        if not generations(self.layout):
            return None
        return float(min(COME_BACK * 2.0 ** min(self._waits, 10), LONGEST_WAIT))

    async def _fit(self, path: bytes, file: Path) -> bool:
        fit = await self.options.fit(path, file)
        self._unfit = self._unfit or not fit
        return fit

    @property
    def trailers(self) -> str:
        """What says which machine made a commit."""
        return f"Autosync-Host: {self.options.host}\nAutosync-Id: {self.options.machine}\n"

    def _message(self, subject: str) -> bytes:
        return f"{subject}\n\n{self.trailers}".encode("utf-8", "surrogateescape")
