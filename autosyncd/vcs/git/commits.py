"""What commits say, and how they stand to each other: read once, since neither ever changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from autosyncd.errors import ToolError
from autosyncd.vcs.base import CommitInfo
from autosyncd.vcs.git.authoring import subject
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.refs import is_ancestor, related

MOST = 32
"""Commits that are remembered, the latest ones: there may be hundreds of repositories."""

_COMMITTED = re.compile(rb"> (\d+) [+-]\d+$")


@dataclass(frozen=True, slots=True)
class Facts:
    """A commit, its tree, and its parents."""

    info: CommitInfo
    tree: str
    parents: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.info.id


@dataclass(slots=True)
class Commits:
    """Those of one repository; what is not remembered is asked of git."""

    git: Git
    _known: dict[str, Facts] = field(default_factory=dict)
    _older: dict[tuple[str, str], None] = field(default_factory=dict)
    """Pairs of which the first is an ancestor of the second. That it is none may change, where a
    shallow clone gets more of its history."""

    async def facts(self, *ids: str) -> tuple[Facts, ...]:
        """What commits say, given by their full ids; raises ToolError if one is not there."""
        known = {oid: self._known[oid] for oid in ids if oid in self._known}
        if wanted := [oid for oid in dict.fromkeys(ids) if oid not in known]:
            asked = b"".join(oid.encode("ascii") + b"\n" for oid in wanted)
            for found in _parsed(await self.git.output("cat-file", "--batch", stdin=asked)):
                self.learn(found)
                known[found.id] = found
        return tuple(known[oid] for oid in ids)

    def learn(self, commit: Facts) -> None:
        """One that has just been made."""
        self._known[commit.id] = commit
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    async def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` contains `old` (or is it)."""
        if self.knows_ancestor(old, new):
            return True
        if not await is_ancestor(self.git, old, new):
            return False
        self._older[old, new] = None
        if len(self._older) > MOST:
            del self._older[next(iter(self._older))]
        return True

    def knows_ancestor(self, old: str, new: str) -> bool:
        """Whether it is known without asking that `new` contains `old` (or is it)."""
        return old == new or (old, new) in self._older or old in self._history(new)

    async def related(self, one: str, other: str) -> bool:
        """Whether two commits have any history in common."""
        if self.knows_ancestor(one, other) or self.knows_ancestor(other, one):
            return True
        return await related(self.git, one, other)

    async def count(self, new: str, old: str | None) -> int:
        """How many commits `new` has that `old` lacks."""
        if old is not None and (steps := self._steps(old, new)) is not None:
            return steps
        known = ("--not", old) if old else ()
        return int(await self.git.line("rev-list", "--count", new, *known, "--"))

    async def apart(self, one: str, other: str) -> tuple[int, int]:
        """How many commits each of two has that the other lacks."""
        if (steps := self._steps(other, one)) is not None:
            return steps, 0
        if (steps := self._steps(one, other)) is not None:
            return 0, steps
        counts = await self.git.line("rev-list", "--left-right", "--count", f"{one}...{other}")
        mine, theirs = counts.split()
        return int(mine), int(theirs)

    def _history(self, commit: str) -> Iterator[str]:
        """What is known of it, backwards."""
        reached, seen = [commit], {commit}
        while reached:
            facts = self._known.get(reached.pop())
            for parent in facts.parents if facts else ():
                if parent not in seen:
                    yield parent
                    seen.add(parent)
                    reached.append(parent)

    def _steps(self, old: str, new: str) -> int | None:
        """How many commits lead from one to the other, if that is one line; None if not known."""
        steps = 0
        while new != old:
            facts = self._known.get(new)
            if facts is None or len(facts.parents) != 1:
                return None
            new, steps = facts.parents[0], steps + 1
        return steps


def _parsed(out: bytes) -> Iterator[Facts]:
    """What `git cat-file --batch` prints of commits (git-cat-file(1), BATCH OUTPUT)."""
    while out:
        head, _, rest = out.partition(b"\n")
        words = head.decode("ascii", "replace").split(" ")
        if len(words) != 3 or words[1] != "commit":
            raise ToolError(
                f"cannot read the commit {words[0][:12]}: git has no such commit",
                hint="see what `git fsck` says",
            )
        size = int(words[2])
        yield _facts(words[0], rest[:size])
        out = rest[size + 1 :]


def _facts(oid: str, content: bytes) -> Facts:
    head, _, message = content.partition(b"\n\n")
    lines = [line.partition(b" ") for line in head.split(b"\n")]
    named = [(name, value) for name, _, value in lines]
    tree = next((value for name, value in named if name == b"tree"), b"").decode("ascii")
    parents = tuple(value.decode("ascii") for name, value in named if name == b"parent")
    committer = next((value for name, value in named if name == b"committer"), b"")
    when = _COMMITTED.search(committer)
    return Facts(CommitInfo(oid, float(when[1]) if when else 0.0, subject(message)), tree, parents)
