"""Puts versions of files in their places, as edits like any other.

What is there and in no commit yet gets one first, so that nothing is lost by it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.hg.commit import Committer, entries_at
from autosyncd.vcs.hg.look import Looker
from autosyncd.vcs.hg.notes import Notes
from autosyncd.vcs.hg.past import present
from autosyncd.vcs.hg.standing import Inspector, Position
from autosyncd.vcs.hg.tree_update import TreeUpdate
from autosyncd.vcs.tree.disk import FRESH
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.place import Why

ATTEMPTS = 10
"""How often it is tried again when somebody changes the file meanwhile."""

_PASSING = (Why.USER_EDIT, Why.VANISHED, Why.OPEN_FOR_WRITING)


@dataclass(frozen=True, slots=True)
class Restorer:
    """The restores of one working copy; not to be used during a move."""

    inspector: Inspector
    looker: Looker
    committer: Committer
    notes: Notes
    update: TreeUpdate

    async def put(self, path: bytes, entry: Entry | None, content: bytes = b"") -> str | None:
        """Give a path this version, or with None none.

        Returns the commit that has what was there and in no commit yet; None if it was in one.
        Raises RepositoryFailedError if it can't be put there now.
        """
        kept: list[str] = []
        for _ in range(ATTEMPTS):
            if await self._put(path, entry, content, kept.append):
                return kept[-1] if kept else None
            await asyncio.sleep(FRESH)  # until a time stamp tells one write from the next
        raise _written(path)

    async def keep(self, path: bytes) -> str:
        """The commit that has what is there: a new one if none has it.

        Raises RepositoryFailedError while it is being written.
        """
        for _ in range(ATTEMPTS):
            if commit := await self._keep(path):
                return commit
            await asyncio.sleep(FRESH)
        raise _written(path)

    async def _keep(self, path: bytes) -> str | None:
        position = await self.inspector.position()
        look = await self.looker.look(frozenset({path}))
        if path in look.unstable:
            return None
        return await self._commit(path, look, position) or position.head

    async def _put(
        self, path: bytes, entry: Entry | None, content: bytes, tell: Callable[[str], None]
    ) -> bool:
        """One attempt; false if somebody was faster."""
        before = (await self.inspector.position()).head
        base = await self._keep(path)
        if base is None:
            return False
        if base != before:
            tell(base)
        there = (await entries_at(self.committer.hg, base, [path])).get(path)
        there = there if present(self.committer.layout.root, path) else None
        if there == entry:
            return True
        report = await self.update.mover.replace(base, Difference(path, there, entry), content)
        if not report.skipped:
            return True
        why = report.skipped[0].why
        if why in _PASSING:
            return False
        raise RepositoryFailedError(
            f"cannot replace {printable(path)}: {why.value}",
            hint="`restore --output FILE` writes a version elsewhere",
        )

    async def _commit(self, path: bytes, look: Look, position: Position) -> str | None:
        """Commit what is there, if no commit has it."""
        wanted = tuple(
            change
            for change in look.changes
            if change.path == path and change.kind is not ChangeKind.DELETED
        )
        if not wanted:
            return None

        async def message(_changes: tuple[Change, ...]) -> str:
            subject = f"autosync: keep {printable(path)} as it was before"
            return f"{subject}\n\n{self.update.trailers}"

        kept = await self.committer.commit(Look(wanted), message, position.head)
        if kept is None:
            return None
        self.notes.set_head(position.label, kept.info.id)
        return kept.info.id


def _written(path: bytes) -> RepositoryFailedError:
    return RepositoryFailedError(
        f"cannot replace {printable(path)}: it is being written", hint="try it again"
    )
