"""Settles conflicts as the user wants: one version goes, or both stay under plain names.

It happens in the steps of a restore, so that whatever is dropped is in a commit before it goes.
"""

from dataclasses import dataclass

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError, ToolError
from autosyncd.vcs.base import ConflictCopy, Keep, SettledNow
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.present import present_entry
from autosyncd.vcs.git.restore import Restorer
from autosyncd.vcs.git.versions import head_of
from autosyncd.vcs.merging.conflict_names import original_of
from autosyncd.vcs.merging.settlement import free_name, settled
from autosyncd.vcs.tree.entry import Entry


@dataclass(frozen=True, slots=True)
class Settler:
    """The settled conflicts of one working tree; not to be used during a move."""

    git: Git
    layout: Layout
    restorer: Restorer

    async def settle(self, conflict: ConflictCopy, keep: Keep) -> SettledNow:
        """Keep the version that has the name, the other one, or both."""
        path, copy = conflict.path, conflict.copy
        head = await head_of(self.git)
        entry = await present_entry(self.git, self.layout, copy)
        if original_of(copy) != path or entry is None or head is None:
            raise RepositoryFailedError(f"there is no conflict copy {printable(copy)}")
        try:
            match keep:
                case "this":
                    return await self._drop(copy, entry, head)
                case "other":
                    return await self._replace(path, copy, entry, head)
                case "both":
                    return await self._rename(conflict, entry, head)
        except OSError as error:
            raise ToolError(f"cannot settle {printable(path)}: {error}") from error

    async def _drop(self, copy: bytes, entry: Entry, head: str) -> SettledNow:
        kept = await self.restorer.put_over(copy, entry, None, head)
        return settled((copy,), None, kept)

    async def _replace(self, path: bytes, copy: bytes, entry: Entry, head: str) -> SettledNow:
        before = await self.restorer.put(path, entry, head)
        kept = await self.restorer.put_over(copy, entry, None, head)
        return settled((path, copy), path, before, kept)

    async def _rename(self, conflict: ConflictCopy, entry: Entry, head: str) -> SettledNow:
        name = free_name(self.layout.root, conflict)
        await self.restorer.put_over(name, None, entry, head)
        kept = await self.restorer.put_over(conflict.copy, entry, None, head)
        return settled((name, conflict.copy), name, kept)


async def compare(git: Git, path: bytes, copy: bytes) -> bytes:
    """How two files on disk differ (git-diff(1), --no-index)."""
    arguments = ("diff", "--no-index", "--no-color", "--no-ext-diff", "--no-textconv")
    finished = await git.run(*arguments, "--", b"./" + path, b"./" + copy)
    if finished.returncode not in (0, 1):
        raise GitError(arguments, finished)
    return finished.stdout
