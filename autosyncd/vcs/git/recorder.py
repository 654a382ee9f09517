"""Commits what a look found, and brings it together with what had come in before."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from autosyncd.errors import AutosyncError
from autosyncd.vcs.base import Change, Commit, Look
from autosyncd.vcs.git.authoring import Author
from autosyncd.vcs.git.commit import Committer
from autosyncd.vcs.git.commits import Commits
from autosyncd.vcs.git.conflict_copies import Counted
from autosyncd.vcs.git.health import Health
from autosyncd.vcs.git.rejoin import Describe, Rejoin, together
from autosyncd.vcs.git.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Recorder:
    """Does that in one working tree, whose moves hold `tree_lock`; `forget_index` is called when a
    move may have written the index."""

    committer: Committer
    upkeep: Upkeep
    rejoin: Rejoin
    health: Health
    commits: Commits
    copies: Counted
    tree_lock: asyncio.Lock
    forget_index: Callable[[], None]

    async def commit(self, look: Look, describe: Describe, author: Author) -> Commit | None:
        """See `Repository.commit`. What was committed is always told: what goes wrong after that is
        what `hindered` the rest."""
        look, overtaken = await self.rejoin.split(look)
        commit = await self.committer.commit(look, describe, author) if look.changes else None
        if commit is None:
            return await self._join(overtaken, look, describe, author)
        begins = await self._count(commit)
        try:
            async with self.health.watch():
                if begins:
                    self.rejoin.begun(commit)
                await self._keep_incoming(commit, author)
                joined = await self._join(overtaken, look, describe, author)
        except AutosyncError as error:
            return replace(commit, hindered=error)
        return together(commit, joined)

    async def _count(self, commit: Commit) -> bool:
        """Returns whether it begins a history."""
        [made] = await self.commits.facts(commit.info.id)
        names = (name for change in commit.changes for name in (change.path, change.source))
        self.copies.step(next(iter(made.parents), None), made.id, filter(None, names))
        return not made.parents

    async def _keep_incoming(self, commit: Commit, author: Author) -> None:
        async with self.tree_lock:
            if await self.upkeep.keep_incoming(commit, author):
                self.forget_index()

    async def _join(
        self, overtaken: tuple[Change, ...], look: Look, describe: Describe, author: Author
    ) -> Commit | None:
        if not overtaken:
            return None
        async with self.tree_lock:
            try:
                return await self.rejoin.run(overtaken, look, describe, author)
            finally:
                self.forget_index()
