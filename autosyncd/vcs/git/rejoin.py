"""Brings local versions that were overtaken together with what came in, once they may be committed.

Each becomes a commit on the commit that it was made from, and is merged with the branch like any
other edit. Where the history does not have that commit any more, both versions are kept.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autosyncd.core.messages import printable
from autosyncd.errors import AutosyncError, NeedsUserError, RepositoryFailedError, RetryError
from autosyncd.vcs.base import Change, Commit, CommitInfo, Look, Settled, Stamp
from autosyncd.vcs.git.apart import Apart
from autosyncd.vcs.git.authoring import Author
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.copies import place_copies
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.merge import merge_commits
from autosyncd.vcs.git.objects import difference, entries_at
from autosyncd.vcs.git.outside_versions import write_blob
from autosyncd.vcs.git.overtaken import Overtaken
from autosyncd.vcs.git.present import believed_mode, present_entry
from autosyncd.vcs.git.refs import branch_commit, is_ancestor, needed_branch
from autosyncd.vcs.git.rescue import amended, keep_in_use
from autosyncd.vcs.git.states import unfinished
from autosyncd.vcs.git.tree_update import TreeUpdate
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.tree.disk import observe
from autosyncd.vcs.tree.entry import Entry
from autosyncd.vcs.tree.grip import file_mode
from autosyncd.vcs.tree.renames import with_renames

Describe = Callable[[tuple[Change, ...]], Awaitable[str]]
Versions = Mapping[bytes, Entry | None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Joined:
    """What the branch becomes: the commit `target`, and the commit `mine` that has the versions on
    disk."""

    target: str
    mine: str
    subject: str = ""
    settled: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class _Join:
    """Versions to join that were made from the same commit; `moving` if what is on disk is another
    one by now."""

    branch: str
    versions: Versions
    changes: tuple[Change, ...]
    moving: bool


@dataclass(frozen=True, slots=True)
class Rejoin:
    """The overtaken paths of one working tree; `trailers` say which machine makes a commit."""

    git: Git
    layout: Layout
    policy: Policy
    update: TreeUpdate
    trailers: str

    async def split(self, look: Look) -> tuple[Look, tuple[Change, ...]]:
        """The changes to commit as they are, and those of overtaken paths.

        Where the branch has what the version on disk was made from, that is an edit like any
        other. There is nothing to join it with where it has no commit yet. Raises RetryError
        while somebody uses git.
        """
        known = self.update.overtaken.known
        paths = [change.path for change in look.changes if change.path in known]
        if not paths:
            return look, ()
        head = await branch_commit(self.git, self.layout, await self._branch())
        if head is None:
            return look, ()
        there = await entries_at(self.git, head, paths)
        plain = {path for path in paths if there.get(path) == known[path].old}
        self.update.overtaken.forget(plain)
        mine = tuple(c for c in look.changes if c.path in known and c.path not in plain)
        rest = tuple(c for c in look.changes if c not in mine)
        return replace(look, changes=rest), mine

    def begun(self, commit: Commit) -> None:
        """This commit began a history: its versions are meant as they are."""
        self.update.overtaken.forget(change.path for change in commit.changes)

    async def run(
        self, changes: tuple[Change, ...], look: Look, describe: Describe, by: Author
    ) -> Commit | None:
        """Join the versions on disk, and those in the look's copies, with the branch; None if that
        needs no commit.

        What can't be done now is among the unstable paths of the result. Raises RetryError if
        that is everything, and NeedsUserError if `on_conflict` says so.
        """
        branch = await self._branch()
        by_path = {change.path: change for change in changes}
        copies = await self._copied({p: look.copies[p] for p in by_path if p in look.copies})
        versions = await self._at_rest(by_path.keys() - look.copies.keys(), look.judged)
        made: Commit | None = None
        failure: AutosyncError | None = None
        groups = [(some, False) for some in self._by_base(versions)]
        for some, moving in (*groups, *((some, True) for some in self._by_base(copies))):
            told = tuple(by_path[path] for path in some)
            try:
                join = _Join(branch, some, told, moving=moving)
                made = together(made, await self._join(join, describe, by))
            except AutosyncError as error:
                failure = failure or error
        if failure and made is None:
            raise failure
        undone = set(by_path) & self.update.overtaken.known.keys()
        hindered = None if isinstance(failure, RetryError) else failure
        return made and replace(made, unstable=tuple(sorted(undone)), hindered=hindered)

    async def _at_rest(self, paths: Iterable[bytes], judged: Mapping[bytes, Stamp]) -> Versions:
        """What is on disk, of the versions that were found fit and did not change meanwhile."""
        root = os.fsencode(self.layout.root)
        before = await asyncio.to_thread(observe, root, paths)
        fit = {p for p, seen in before.items() if p not in judged or seen.stamp == judged[p]}
        found = {path: await self._version(path) for path in sorted(fit)}
        after = await asyncio.to_thread(observe, root, found)
        return {path: entry for path, entry in found.items() if after[path] == before[path]}

    async def _copied(self, copies: Mapping[bytes, Path]) -> Versions:
        """What files were at one moment that are written on and on."""
        found: dict[bytes, Entry | None] = {}
        for path, file in copies.items():
            if oid := await write_blob(self.git, path, file):
                entry = Entry(file_mode(file.stat().st_mode), oid)
                mode = await believed_mode(self.git, entry, self.update.overtaken.known[path].old)
                found[path] = replace(entry, mode=mode)
        return found

    async def _version(self, path: bytes) -> Entry | None:
        try:
            found = await present_entry(self.git, self.layout, path)
        except RepositoryFailedError as error:
            raise RetryError(f"{printable(path)} can't be read now") from error
        old = self.update.overtaken.known[path].old
        return found and replace(found, mode=await believed_mode(self.git, found, old))

    def _by_base(self, versions: Versions) -> tuple[Versions, ...]:
        """The versions that were made from the same commit, together."""
        bases: dict[str, dict[bytes, Entry | None]] = {}
        for path in sorted(versions):
            some = bases.setdefault(self.update.overtaken.known[path].base, {})
            some[path] = versions[path]
        return tuple(bases.values())

    async def _join(self, join: _Join, describe: Describe, by: Author) -> Commit | None:
        head, versions = await self._head(), join.versions
        joined = await self._joined(head, versions, join.changes, describe, by)
        if join.moving:
            joined = await self._keeping_names(joined, versions, by)
            await self.update.move(join.branch, head, joined.target)
            await self._go_on_from(joined, versions)
        else:
            apart = Apart(on_disk=versions, base=joined.mine)
            await self.update.move(join.branch, head, joined.target, apart)
            self.update.overtaken.forget(versions)
        if joined.target == head:
            return None
        info = CommitInfo(joined.target, 0.0, joined.subject)
        made = with_renames(await difference(self.git, head, joined.target))
        return Commit(info, made, settled=joined.settled)

    async def _go_on_from(self, joined: _Joined, versions: Versions) -> None:
        """What is on disk was made from these versions, and stays; the branch has joined them.

        Until this is written down, it counts as made from an earlier version: then both are kept.
        """
        there = await entries_at(self.git, joined.target, versions)
        self.update.overtaken.advance(
            {p: Overtaken(joined.mine, entry, there.get(p)) for p, entry in versions.items()}
        )

    async def _joined(
        self,
        head: str,
        versions: Versions,
        changes: tuple[Change, ...],
        describe: Describe,
        by: Author,
    ) -> _Joined:
        known = self.update.overtaken.known
        base = known[min(versions)].base
        there = await entries_at(self.git, head, versions)
        if all(entry == there.get(path) for path, entry in versions.items()):
            return _Joined(head, head)
        if not await self._contains(head, base):
            return await self._beside(head, versions, there, by)
        if all(entry == known[path].old for path, entry in versions.items()):
            return _Joined(head, base)
        tree = await amended(self.git, self.layout, base, versions)
        message = (await describe(changes)).encode("utf-8", "surrogateescape")
        mine = await by.commit(tree, (base,), message)
        return await self._merged(head, mine, versions, by)

    async def _head(self) -> str:
        return await self.git.line("rev-parse", "--verify", "HEAD^{commit}")

    async def _branch(self) -> str:
        """Raises RetryError while somebody uses git."""
        if business := unfinished(self.layout):
            raise RetryError(business.what, hint=business.cure)
        return await needed_branch(self.git, self.layout)

    async def _contains(self, head: str, base: str) -> bool:
        found = await self.git.run("cat-file", "-e", f"{base}^{{commit}}")
        return not found.returncode and await is_ancestor(self.git, base, head)

    async def _merged(self, head: str, mine: CommitInfo, versions: Versions, by: Author) -> _Joined:
        result = await merge_commits(self.git, self.layout, head, mine.id, self.policy)
        if result.commit is None:
            names = ", ".join(printable(path) for path in result.stopped[:5])
            raise NeedsUserError(
                f"this machine and another changed the same things: {names}",
                hint="what came in is in the last commit (`git diff HEAD`); put into the file what "
                "you want, then `git add` and `git commit` it",
            )
        busy = self.update.in_use & versions.keys()
        sides = (mine.id, result.commit)
        target = result.commit
        if busy:
            target = await keep_in_use(self.git, self.layout, by, sides, busy, self.trailers)
        settled = tuple(Settled(note.path, note.copy, note.why) for note in result.notes)
        return _Joined(target, mine.id, mine.subject, settled)

    async def _keeping_names(self, joined: _Joined, versions: Versions, by: Author) -> _Joined:
        """What is written on and on keeps its name in a conflict, whichever version is newer: else
        each further copy would be a conflict again."""
        copies = {
            one.path: one.copy for one in joined.settled if one.copy and versions.get(one.path)
        }
        there = await entries_at(self.git, joined.target, (*copies, *copies.values()))
        lost = {
            path
            for path, copy in copies.items()
            if there.get(copy) == versions[path] != there.get(path)
        }
        if not lost:
            return joined
        changes = {path: versions[path] for path in lost}
        changes |= {copies[path]: None for path in lost}
        theirs = [(path, there[path]) for path in sorted(lost) if path in there]
        placed = await place_copies(self.git, joined.target, changes, theirs)
        tree = await amended(self.git, self.layout, joined.target, {**changes, **dict(placed)})
        names = ", ".join(map(printable, sorted(lost)[:5]))
        message = f"autosync: keep files that are in use\n\n{names}\n\n{self.trailers}"
        made = await by.commit(tree, (joined.target,), message.encode("utf-8", "surrogateescape"))
        moved = {path: copy for (path, _), (copy, _) in zip(theirs, placed, strict=True)}
        settled = tuple(
            replace(one, copy=moved.get(one.path)) if one.path in lost else one
            for one in joined.settled
        )
        return replace(joined, target=made.id, settled=settled)

    async def _beside(
        self, head: str, versions: Versions, there: Mapping[bytes, Entry], by: Author
    ) -> _Joined:
        """The version on disk keeps the name, and the branch's goes beside it."""
        changes: dict[bytes, Entry | None] = {p: entry for p, entry in versions.items() if entry}
        if not changes:
            return _Joined(head, head)  # deleted here, changed there: the change stays
        copies = [(path, there[path]) for path in changes if path in there]
        changes.update(await place_copies(self.git, head, changes, copies))
        tree = await amended(self.git, self.layout, head, changes)
        names = ", ".join(map(printable, sorted(versions)[:5]))
        message = f"autosync: keep both versions of {names}\n\n{self.trailers}"
        made = await by.commit(tree, (head,), message.encode("utf-8", "surrogateescape"))
        log.info("the history that %s was made from is gone; both versions are kept", names)
        return _Joined(made.id, made.id, made.subject)


def together(one: Commit | None, other: Commit | None) -> Commit | None:
    """Two commits in a row as one."""
    if one is None or other is None:
        return one or other
    return replace(
        other,
        changes=one.changes + other.changes,
        unstable=one.unstable + other.unstable,
        settled=one.settled + other.settled,
        hindered=one.hindered or other.hindered,
    )
