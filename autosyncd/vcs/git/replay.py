"""Commits that were never published, made again without some of the files' versions.

Each keeps its author, dates and message, so that `history` tells the same; what it had of such a
file is what its parent had, and in a merge what one of them had changed. The new commits are a pure
function of the old ones and the versions left out, unless they are signed: machines that got them
from each other agree again.
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
        # Of two sides, one that is not made again may be published: nothing of it is undone.
        sides = sorted(parents, key=lambda parent: parent not in original.parents)
        tree = await self._tree(original.tree, sides, gone) if gone else original.tree
        if gone and len(parents) == 1:
            before = await self.git.line("rev-parse", f"{parents[0]}^{{tree}}")
            if tree == before:  # nothing else was in it
                return parents[0]
        if original.signed and not self.signs:
            raise CannotReplayError
        again = replace(original, tree=tree, parents=parents)
        return await write_commit(self.git, again, signs=self.signs)

    async def _tree(self, tree: str, sides: Sequence[str], gone: list[bytes]) -> str:
        before = await self._before(sides, gone)
        changes: dict[bytes, Entry | None] = {
            path: entry if (entry := before.get(path)) and entry.mode != _TREE else None
            for path in gone
        }
        with open_auxiliary(self.git, self.layout).private_index() as index:
            return await amend_tree(self.git, tree, changes, index, self.layout.zero)

    async def _before(self, sides: Sequence[str], paths: list[bytes]) -> dict[bytes, Entry | None]:
        """What the parents have there: of several the first that changed it since their base."""
        held = [await entries_at(self.git, side, paths) for side in sides]
        bases = await self._base(sides) if len(sides) > 1 else ()
        base = await entries_at(self.git, bases[0], paths) if bases else {}
        before: dict[bytes, Entry | None] = {}
        for path in paths:
            there = [entries.get(path) for entries in held]
            changed = (entry for entry in there if entry != base.get(path))
            before[path] = next(changed, base.get(path))
        return before

    async def _base(self, sides: Sequence[str]) -> tuple[str, ...]:
        """The best common ancestor, if there is one (git-merge-base(1))."""
        finished = await self.git.run("merge-base", "--octopus", *sides)
        return tuple(finished.stdout.decode("ascii").split())[:1]
