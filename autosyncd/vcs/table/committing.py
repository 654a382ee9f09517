"""Commits what a look has; with a central tool this also merges and pushes."""

import asyncio
import re
import time
from collections.abc import Callable

from autosyncd.errors import NeedsUserError, RejectedError, RetryError, ToolError
from autosyncd.vcs.base import Change, ChangeKind, Commit, CommitInfo, Look
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.table.central import Meeting
from autosyncd.vcs.table.incoming import ask_before_merging
from autosyncd.vcs.table.look import Looker
from autosyncd.vcs.table.paths import touched
from autosyncd.vcs.table.position import UNKNOWN, Position
from autosyncd.vcs.table.staging import Message, Staged, Stager
from autosyncd.vcs.tree.hidden import let_in

_NOTHING = re.compile(r"nothing (?:added )?to commit|nothing (?:has )?changed|no changes", re.I)
"""What tools say when a commit would be empty."""

_UNTOLD = re.compile(r"no changes added to commit", re.I)
"""What git says where something differs of which it was not told."""

RACES = 5
"""How often a commit is tried again that another machine's overtook."""


class Committer:
    """Makes the commits of one working copy; `shut` says what another file system hides of it."""

    def __init__(
        self,
        position: Position,
        looker: Looker,
        policy: Policy,
        shut: Callable[[], frozenset[bytes]] = frozenset,
    ) -> None:
        self._position = position
        self._tool = position.tool
        self._looker = looker
        self._policy = policy
        self._shut = shut
        self._stager = Stager(position.tool, looker)

    async def commit(self, look: Look, message: Message) -> Commit | None:
        """Commit the changes; None if there were none after all."""
        if self._tool.table.central:
            return await self._commit_centrally(look, message)
        self._check_hidden()
        if self._looker.unsure and not self._tool.table.changes:
            look = await asyncio.to_thread(self._looker.whole, look)
        staged = await self._stager.stage(look)
        if not staged.changes:
            return None
        if not self._tool.table.changes and await self._looker.clean():
            await self._nothing(staged)
            return None
        text = await message(staged.changes)
        before = await self._position.ask_head() if self._tool.table.nothing else None
        try:
            await self._stager.commit(staged, text)
        except ToolError as error:
            if self._tool.table.changes or not _NOTHING.search(error.message):
                raise
            if _UNTOLD.search(error.message):
                self._check_told(staged)
            await self._nothing(staged)
            return None
        await self._check_made(before, staged)
        return await self._made(staged, text)

    async def _check_made(self, before: CommitInfo | None, staged: Staged) -> None:
        """Raises RetryError if the tool found nothing to commit, and said so as a success."""
        head = await self._position.ask_head() if before else None
        if head and before and head.id == before.id:
            name = self._tool.table.name
            self._looker.refuse(touched(staged.changes), "there was nothing to commit")
            raise RetryError(f"cannot commit: {name} found nothing to commit")

    async def _nothing(self, staged: Staged) -> None:
        """What was staged is in the last commit as it is."""
        self._looker.remember(touched(staged.changes))
        self._looker.unsure = False
        await self._looker.save()

    def _check_told(self, staged: Staged) -> None:
        """Raise NeedsUserError if the tool was never told of a file that has changed."""
        told_nothing = not self._tool.table.modify
        if told_nothing and any(one.kind is ChangeKind.MODIFIED for one in staged.changes):
            name = self._tool.table.name
            raise NeedsUserError(
                f"cannot commit: {name} wants to be told which files have changed",
                hint=f"set `modify` under vcs.{name} to the command that tells it, then "
                "`autosyncctl reload`",
            )

    def _check_hidden(self) -> None:
        """A tool that takes no paths, or looks for itself, would commit what is hidden as
        deleted."""
        minds = self._stager.names_paths and self._tool.table.changes
        if not minds and self._shut():
            raise NeedsUserError(
                f"cannot commit: something is mounted in the folder, or missing there, and"
                f" {self._tool.table.name} commits all or nothing",
                hint="`autosyncctl held` says what to do about it",
            )

    async def _made(self, staged: Staged, text: str) -> Commit:
        self._looker.remember(touched(staged.changes))
        self._looker.unsure = False
        await self._looker.save()
        head = await self._position.ask_head()
        subject = text.split("\n", 1)[0]
        info = CommitInfo(head.id if head else UNKNOWN, time.time(), subject)
        self._position.last = info
        if not self._tool.table.central:
            self._position.ahead += 1
        return Commit(info, staged.changes, staged.unstable)

    async def _commit_centrally(self, look: Look, message: Message) -> Commit | None:
        """Commit; what the server has in the same places is merged before."""
        values = self._position.values()
        meeting = Meeting(self._tool, self._looker.scope, self._policy, values)
        for _ in range(RACES):
            changes = look.changes
            try:
                staged = await self._stager.stage(look)
                changes = staged.changes
                if not changes:
                    return None
                text = await message(changes)
                await self._stager.commit(staged, text)
                return await self._made(staged, text)
            except RejectedError:
                look = await self._meet(meeting, changes)
        raise RetryError("other machines commit all the time")

    async def _meet(self, meeting: Meeting, changes: tuple[Change, ...]) -> Look:
        """Take in what the server has; what is left to be committed then."""
        let_in(self._shut())
        position = self._position
        incoming = await ask_before_merging(self._tool, self._looker.scope, position.values())
        await meeting.prepare(changes)
        combined = await meeting.take_in(changes, incoming)
        position.settled += combined.settled
        position.behind, position.tip = max(1, len(incoming.paths)), incoming.tip
        ours = {*touched(changes), *combined.changes}
        self._looker.remember(incoming.paths - ours)
        again = await self._looker.look(frozenset(ours))
        return Look(again.changes)
