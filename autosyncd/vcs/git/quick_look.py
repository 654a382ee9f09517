"""The everyday look: a few files that git tracks were saved, and nothing is staged.

Then the last commit tells all there is to know, and the index, which is large where the tree is,
need not be read. Whatever is not as simple as that is left to `git status`.
"""

import os
import stat
from dataclasses import dataclass

from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.index_memory import IndexMemory
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.porcelain import Entry, Listing
from autosyncd.vcs.tree.entry import REGULAR
from autosyncd.vcs.tree.signature import signature_at

FEW = 16


@dataclass(frozen=True, slots=True)
class QuickLook:
    """Looks at saved files of one working tree."""

    git: Git
    layout: Layout
    memory: IndexMemory

    async def look(self, paths: tuple[bytes, ...]) -> Listing | None:
        """The paths as `git status` would list them if their content changed; None if one of them
        is anything but a file that the last commit has, too."""
        if len(paths) > FEW or not all(self._is_file(path) for path in paths):
            return None
        index = signature_at(self.layout.index)
        if (
            index is None
            or not self.memory.commit_of(index)
            or await self.memory.flagged(self.git, index)
        ):
            return None
        try:
            held = await self.memory.entries(self.git, paths)
        except GitError:
            return None  # amended, and the old commit taken by a gc: the index is the same
        if any(path not in held or held[path].mode not in REGULAR for path in paths):
            return None
        return Listing(
            tuple(
                Entry(path, ".", "M", (held[path].mode,) * 2 + ("100644",), held[path].oid)
                for path in paths
            )
        )

    def _is_file(self, path: bytes) -> bool:
        try:
            status = (self.layout.root / os.fsdecode(path)).lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode)
