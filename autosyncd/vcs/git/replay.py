"""Commits that were never published, made again without some of the files' versions.

Each keeps its author, dates and message, so that `history` tells the same; what it had of such a
file is what its parent had. The new commits are a pure function of the old ones and the versions
left out, unless they are signed: machines that got them from each other agree again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autosyncd.vcs.git.auxiliary import open_auxiliary
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import amend_tree, entries_at
from autosyncd.vcs.git.originals import Original, read_commit, write_commit
from autosyncd.vcs.tree.entry import Entry

_TREE = "040000"


class CannotReplayError(Exception):
    """Somebody's signature would be lost."""


@dataclass(slots=True)
class Replay:
    """Makes commits again without the blobs `without`, which are at the `paths`."""

    git: Git
    layout: Layout
    paths: Sequence[bytes]
    without: frozenset[str]
    signs: bool

    async def run(self, commits: Sequence[str]) -> dict[str, str]:
        """What becomes of each commit that does not stay; `commits` are sorted, parents first."""
        made: dict[str, str] = {}
        for commit in commits:
            original = await read_commit(self.git, commit)
            parents = tuple(made.get(parent, parent) for parent in original.parents)
            there = await entries_at(self.git, commit, self.paths)
            gone = [path for path, entry in there.items() if entry.oid in self.without]
            if gone or parents != original.parents:
                made[commit] = await self._again(original, parents, gone)
        return made

    async def _again(self, original: Original, parents: tuple[str, ...], gone: list[bytes]) -> str:
        tree = await self._tree(original.tree, parents, gone) if gone else original.tree
        if gone and len(parents) == 1:
            before = await self.git.line("rev-parse", f"{parents[0]}^{{tree}}")
            if tree == before:  # nothing else was in it
                return parents[0]
        if original.signed and not self.signs:
            raise CannotReplayError
        again = replace(original, tree=tree, parents=parents)
        return await write_commit(self.git, again, signs=self.signs)

    async def _tree(self, tree: str, parents: tuple[str, ...], gone: list[bytes]) -> str:
        before = await entries_at(self.git, parents[0], gone) if parents else {}
        changes: dict[bytes, Entry | None] = {
            path: entry if (entry := before.get(path)) and entry.mode != _TREE else None
            for path in gone
        }
        with open_auxiliary(self.git, self.layout).private_index() as index:
            return await amend_tree(self.git, tree, changes, index, self.layout.zero)
