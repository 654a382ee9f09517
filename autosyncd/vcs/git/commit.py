"""Committing exactly what is on disk at the paths of a look, beside whatever the user has staged.

The paths are taken into a copy of the user's index. Where nothing else is staged its tree is the
commit's; else the commit is HEAD plus our paths, and the staging of others stays as it is. Our
paths may have been staged, too, in a version that is on disk no more: that version becomes a
commit of its own before, so that it stays in history. `publish` tells what a crash leaves behind.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autosyncd.core.messages import LISTED
from autosyncd.errors import RetryError, ToolError
from autosyncd.vcs.base import Change, Commit, CommitInfo, Look
from autosyncd.vcs.git.authoring import Author
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.commits import Commits, Facts
from autosyncd.vcs.git.gather import Gathered, gather
from autosyncd.vcs.git.hooks import commit_message, pre_commit
from autosyncd.vcs.git.index_memory import IndexMemory, Since
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.line_counts import counted_difference
from autosyncd.vcs.git.lock import in_use, locked_since
from autosyncd.vcs.git.objects import difference
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.git.publish import MovedError, Publication, publish
from autosyncd.vcs.git.refs import branch_commit, needed_branch
from autosyncd.vcs.git.states import unfinished
from autosyncd.vcs.git.withheld import Withheld
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.renames import with_renames
from autosyncd.vcs.tree.signature import Signature

ATTEMPTS = 3
_MISSING = ("invalid object", "not a valid object", "unable to read", "bad object", "unpack tree")
Describe = Callable[[tuple[Change, ...]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class _Base:
    """What a commit is made on: branch, head (None: unborn), tree, and what is staged."""

    branch: str
    head: str | None
    tree: str
    index: Signature | None
    staged: Mapping[bytes, Difference]

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.head,) if self.head else ()


@dataclass(slots=True)
class Committer:
    """Makes the commits of one working tree. Tests hook into its steps with `at`."""

    git: Git
    layout: Layout
    withheld: Withheld
    commits: Commits
    memory: IndexMemory
    hooks: bool = False
    at: Callable[[str], None] = lambda _step: None

    async def commit(self, look: Look, describe: Describe, author: Author) -> Commit | None:
        """Commit the changes of a look; None if there was nothing to commit after all.

        A `git gc --prune=now` of the user's may take what no commit has yet: it is written anew.
        """
        vanished: GitError | None = None
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(look, describe, author)
            except MovedError:
                continue
            except GitError as error:
                if not _vanished(error):
                    raise
                vanished = error
            except OSError as error:
                raise ToolError(f"cannot commit: {error}") from error
        if vanished:
            raise vanished
        raise RetryError("somebody keeps using git here", hint="this passes by itself")

    async def _attempt(self, look: Look, describe: Describe, author: Author) -> Commit | None:
        changes = look.changes
        index = PrivateIndex(self.git, self.layout, self.layout.own / "commit.index")
        base = await self._base(index)
        self.at("copied")
        gathered = await gather(index, look, base.tree, base.staged, self.at)
        unstable = self._sort_out(gathered)
        ours = {change.path for change in changes} - unstable
        parents, tree = await self._keep_staged(base, index, ours, describe, author)
        made = await self._tree(base, index, ours)
        if made == tree:
            return None
        found, changed = await self._changes(tree, made, counting=len(changes) <= LISTED)
        info = await author.commit(made, parents, await self._message(describe, changed, index))
        self.commits.learn(Facts(info, made, parents))
        self.at("committed")
        if tree != base.tree:
            found, changed = await self._changes(base.tree, made)
        await self._publish(base, index, info, None if base.staged.keys() - ours else found)
        return Commit(info, changed, tuple(sorted(unstable)))

    async def _base(self, index: PrivateIndex) -> _Base:
        """Where things stand; raises RetryError while somebody uses git."""
        if locked_since(self.layout.index) is not None:
            raise in_use(self.layout.index)
        if business := unfinished(self.layout):
            raise RetryError(business.what, hint=business.cure)
        branch = await needed_branch(self.git, self.layout)
        head = await branch_commit(self.git, self.layout, branch)
        tree = (await self.commits.facts(head))[0].tree if head else self.layout.empty_tree
        signature = await index.copy()
        if not self.memory.quiet(signature):
            raise RetryError("git was used a moment ago", hint="this passes by itself")
        clean = signature is None or self.memory.clean(signature, head)
        staged = {} if clean else await index.differences(tree)
        return _Base(branch, head, tree, signature, staged)

    def _sort_out(self, found: Gathered) -> set[bytes]:
        """Remember what git refuses, so that the next look tells; returns all that is left out."""
        for path, why in found.refused.items():
            self.withheld.refuse(path, found.seen[path].signature, why, time.monotonic())
        return found.unstable | found.refused.keys()

    async def _keep_staged(
        self, base: _Base, index: PrivateIndex, ours: set[bytes], describe: Describe, author: Author
    ) -> tuple[tuple[str, ...], str]:
        """Commit what is staged at our paths and on disk no more; returns parents and tree."""
        now = await index.differences(base.tree) if base.staged.keys() & ours else {}
        kept = [
            (path, staged.new)
            for path, staged in base.staged.items()
            if path in ours and staged.new and staged.new != _entry(now, path, staged.old)
        ]
        if not kept:
            return base.parents, base.tree
        index = await self._other_index(base, kept)
        tree = await index.write_tree()
        _, changed = await self._changes(base.tree, tree)
        message = await _described(describe, changed)
        return ((await author.commit(tree, base.parents, message)).id,), tree

    async def _tree(self, base: _Base, index: PrivateIndex, ours: set[bytes]) -> str:
        """The tree to commit, after the hook has seen and perhaps amended it."""
        if not base.staged.keys() - ours:
            return await self._hooked(base, index)
        mine = [(p, d.new) for p, d in (await index.differences(base.tree)).items() if p in ours]
        other = await self._other_index(base, mine)
        tree = await self._hooked(base, other)
        if self.hooks:
            amended = await other.differences(base.tree)
            await index.put((p, d.new) for p, d in amended.items() if (p, d.new) not in mine)
        return tree

    async def _hooked(self, base: _Base, index: PrivateIndex) -> str:
        tree = await index.write_tree()
        if not self.hooks or tree == base.tree:
            return tree
        await pre_commit(self.git, index.file)
        return await index.write_tree()

    async def _other_index(
        self, base: _Base, entries: Sequence[tuple[bytes, Entry | None]]
    ) -> PrivateIndex:
        """HEAD with some entries changed."""
        other = PrivateIndex(self.git, self.layout, self.layout.own / "tree.index")
        await other.read(base.tree)
        await other.put(entries)
        return other

    async def _message(
        self, describe: Describe, changed: tuple[Change, ...], index: PrivateIndex
    ) -> bytes:
        message = await _described(describe, changed)
        if self.hooks:
            return await commit_message(self.git, self.layout, index.file, message)
        return message

    async def _changes(
        self, old: str, new: str, *, counting: bool = False
    ) -> tuple[tuple[Difference, ...], tuple[Change, ...]]:
        """As git tells them, and as people are told."""
        if not counting:
            found = await difference(self.git, old, new)
            return found, with_renames(found)
        found, lines = await counted_difference(self.git, old, new)
        return found, tuple(
            change if change.source else replace(change, lines=lines.get(change.path))
            for change in with_renames(found)
        )

    async def _publish(
        self,
        base: _Base,
        index: PrivateIndex,
        info: CommitInfo,
        changes: tuple[Difference, ...] | None,
    ) -> None:
        """`changes` are all that the index has got; None: it is not equal to the commit."""
        work = Publication(base.branch, base.head, info.id, base.index)
        signature = await publish(self.git, index, work, self.at)
        if changes is None:
            self.memory.remember(signature, None, base.index)
        else:
            since = Since(base.head, changes)
            self.memory.remember(signature, info.id, base.index, since)


def _vanished(error: GitError) -> bool:
    """Whether git misses an object that it had a moment ago."""
    said = error.finished.complaint
    return any(words in said for words in _MISSING)


async def _described(describe: Describe, changed: tuple[Change, ...]) -> bytes:
    message = (await describe(changed)).encode("utf-8", "surrogateescape")
    return message if message.endswith(b"\n") else message + b"\n"


def _entry(now: Mapping[bytes, Difference], path: bytes, base: Entry | None) -> Entry | None:
    found = now.get(path)
    return found.new if found else base
