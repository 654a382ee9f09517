"""What is known of the user's index without reading it, for as long as nobody else writes it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.objects import entries_at
from autosyncd.vcs.tree.disk import SKEW, age
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.signature import Signature

GIT_QUIET = 1.0
"""Seconds: a checkout writes the index a moment before it moves HEAD; in between, a commit would
put one branch's files on the other."""

MOST = 200
"""Paths of which it is remembered what the commit has there."""

_FLAG = re.compile(rb"(?:\A|\0)[a-zS] ")
"""assume-unchanged (lower case) and skip-worktree in `git ls-files -v -z`."""


def same_index(one: Signature | None, other: Signature | None) -> bool:
    """Whether nobody wrote the index in between: git always replaces it by a new file."""
    return one.unwritten(other) if one and other else one is other


@dataclass(frozen=True, slots=True)
class Since:
    """All that differs from an earlier commit (None: from nothing)."""

    commit: str | None
    changes: tuple[Difference, ...]


@dataclass(slots=True)
class IndexMemory:
    """The index as we wrote it last, and the commit that it is equal to, if it is to one."""

    signature: Signature | None = None
    equals: str | None = None
    _flags: tuple[Signature, bool] | None = None
    _entries: dict[bytes, Entry] = field(default_factory=dict)
    """What the commit has that the index is equal to, as far as somebody has asked."""

    def quiet(self, now: Signature | None) -> bool:
        """Whether nobody else wrote the index a moment ago."""
        return now is None or same_index(now, self.signature) or not -SKEW < age(now) < GIT_QUIET

    def clean(self, now: Signature | None, head: str | None) -> bool:
        """Whether nothing is staged, as far as is known without looking."""
        return self.commit_of(now) == head if head else False

    def commit_of(self, now: Signature | None) -> str | None:
        """The commit that the index is equal to, if that is known without looking."""
        return self.equals if now is not None and same_index(now, self.signature) else None

    async def entries(self, git: Git, paths: Sequence[bytes]) -> Mapping[bytes, Entry]:
        """What the commit has at these paths that the index is equal to."""
        found = {path: self._entries[path] for path in paths if path in self._entries}
        wanted = [path for path in paths if path not in found]
        if wanted and (commit := self.equals):
            found |= await entries_at(git, commit, wanted)
            if commit == self.equals:
                self._learn(found.items())
        return found

    def _learn(self, entries: Iterable[tuple[bytes, Entry | None]]) -> None:
        for path, entry in entries:
            self._entries.pop(path, None)
            if entry:
                self._entries[path] = entry
        for path in tuple(self._entries)[: max(0, len(self._entries) - MOST)]:
            del self._entries[path]

    def remember(
        self,
        index: Signature | None,
        equals: str | None,
        base: Signature | None = None,
        since: Since | None = None,
    ) -> None:
        """We have just written the index, from the one that was `base`; `since` says what changed
        up to the commit that it `equals`."""
        if since and equals and since.commit and self.commit_of(base) == since.commit:
            self._learn((change.path, change.new) for change in since.changes)
        else:
            self._entries.clear()
        carried = self._flags if self._flags and same_index(base, self._flags[0]) else None
        self._flags = (index, carried[1]) if carried and index else None
        self.signature, self.equals = index, equals

    def moved(
        self, index: Signature | None, new: str, base: Signature | None, since: Since
    ) -> None:
        """We have just written the index for a move to the commit `new`."""
        equal = since.commit is not None and self.commit_of(base) == since.commit
        self.remember(index, new if equal else None, base, since)

    async def flagged(self, git: Git, now: Signature) -> bool:
        """Whether the user told git to pass over any path (git-update-index(1))."""
        if self._flags is None or not same_index(now, self._flags[0]):
            out = await git.output("ls-files", "-v", "-z")
            self._flags = (now, bool(_FLAG.search(out)))
        return self._flags[1]
