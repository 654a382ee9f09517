"""Settles conflicts as the user wants: one version goes, or both stay under plain names."""

from dataclasses import dataclass

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import ConflictCopy, Keep, SettledNow
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.past import Archive, Version, present
from autosyncd.vcs.hg.restore import Restorer
from autosyncd.vcs.merging.conflict_names import original_of
from autosyncd.vcs.merging.settlement import free_name, settled


@dataclass(frozen=True, slots=True)
class Settler:
    """The settled conflicts of one working copy; not to be used during a move."""

    layout: Layout
    archive: Archive
    restorer: Restorer

    async def settle(self, conflict: ConflictCopy, keep: Keep) -> SettledNow:
        """Keep the version that has the name, the other one, or both.

        Whatever is dropped is in a commit before it goes. Raises RepositoryFailedError.
        """
        path, copy = conflict.path, conflict.copy
        if original_of(copy) != path or not present(self.layout.root, copy):
            raise RepositoryFailedError(f"there is no conflict copy {printable(copy)}")
        if keep == "this":
            kept = await self.restorer.put(copy, None)
            return settled((copy,), None, kept)
        committed = await self.restorer.keep(copy)
        version = await self.archive.version(copy, committed)
        name = path if keep == "other" else free_name(self.layout.root, conflict)
        return await self._give(name, copy, version)

    async def _give(self, name: bytes, copy: bytes, version: Version) -> SettledNow:
        """Give the copy's version another name, and drop the copy."""
        before = await self.restorer.put(name, version.entry, version.content)
        kept = await self.restorer.put(copy, None)
        return settled((name, copy), name, before, kept)
