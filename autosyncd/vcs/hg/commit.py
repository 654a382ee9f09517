"""Committing exactly what is on disk at the paths of a look.

The files are copied when they are still, and the commit is made of the copies: what is written
meanwhile is neither committed by half nor taken for committed.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autosyncd.vcs.base import Change, Commit, CommitInfo, Look
from autosyncd.vcs.hg.command import Hg, raw, text
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.snapshot import Snapshot, Taken, take
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.renames import with_renames

Describe = Callable[[tuple[Change, ...]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Committer:
    """Makes the commits of one working copy."""

    hg: Hg
    layout: Layout
    hooks: bool

    async def commit(self, look: Look, describe: Describe, head: str | None) -> Commit | None:
        """Commit the changes of a look on top of `head`; None if nothing differs after all.

        Raises RetryError if another commit is checked out by now.
        """
        folder = self.layout.own / "snapshots"
        taken = await asyncio.to_thread(take, self.layout.root, folder, look)
        before = await entries_at(self.hg, head, list(taken.versions))
        changed = tuple(
            Difference(path, before.get(path), version.entry)
            for path, version in taken.versions.items()
            if version.entry != before.get(path)
        )
        if not changed:
            return None
        changes = with_renames(changed)
        made = await self._make(head, changed, changes, taken, await describe(changes))
        return Commit(made, changes, taken.unstable)

    async def _make(
        self,
        head: str | None,
        changed: tuple[Difference, ...],
        changes: tuple[Change, ...],
        taken: Taken,
        message: str,
    ) -> CommitInfo:
        moved = {change.path: change.source for change in changes if change.source}
        files = {
            text(change.path): source(taken.versions[change.path], moved.get(change.path))
            for change in changed
        }
        token = secrets.token_hex(8)
        note = self.layout.own / "committing"
        note.write_text(token)
        made = await self.hg.ask(
            "commit_live",
            expected=head,
            files=files,
            message=message,
            token=token,
            hooks=self.hooks,
        )
        note.unlink(missing_ok=True)
        return commit_info(made)


def source(version: Snapshot, moved: bytes | None = None) -> dict[str, str] | None:
    """Where the extension finds a version."""
    if version.entry is None or version.file is None:
        return None
    found = {"file": str(version.file), "mode": version.entry.mode}
    return {**found, "moved": text(moved)} if moved else found


def commit_info(facts: Any) -> CommitInfo:
    """A commit from what the extension says of it."""
    commit, when, subject = facts
    return CommitInfo(commit, when, subject)


async def entries_at(hg: Hg, commit: str | None, paths: list[bytes]) -> Mapping[bytes, Entry]:
    """What a commit has at paths."""
    if not paths or commit is None:
        return {}
    found = await hg.ask("entries", commit=commit, paths=[text(path) for path in paths])
    return {raw(path): Entry(*entry) for path, entry in found.items()}
