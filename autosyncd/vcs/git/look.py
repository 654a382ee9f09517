"""Finding out what differs from the last commit, and what of that may be committed."""

import asyncio
import os
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass

from autosyncd.core.ignoring import Patterns
from autosyncd.core.messages import printable
from autosyncd.core.typed import in_folder
from autosyncd.errors import RetryError
from autosyncd.vcs.base import Change, ChangeKind, Left, Look
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.porcelain import STATUS, Entry, Listing, parse_status
from autosyncd.vcs.git.quick_look import QuickLook
from autosyncd.vcs.git.states import UNMERGED, unfinished
from autosyncd.vcs.git.withheld import Withheld
from autosyncd.vcs.tree.disk import Seen, What, observe
from autosyncd.vcs.tree.saving import Saving, being_saved
from autosyncd.vcs.tree.scope import scope


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at one working tree; `patterns` are relative to the watched folder."""

    git: Git
    layout: Layout
    patterns: Patterns
    withheld: Withheld
    quick: QuickLook

    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit, at or below `paths` only, or everywhere."""
        due = self.withheld.due(time.monotonic())
        wanted = scope(None if paths is None else paths | due, self.layout.below)
        if not wanted and wanted is not None:
            return Look()
        quick = await self.quick.look(wanted) if wanted and not due else None
        listing = quick or await self._status(wanted or ())
        if listing.unmerged:
            raise self._in_conflict(listing.unmerged[0])
        self.withheld.forget(due - {entry.path for entry in listing.entries} - {*listing.untracked})
        return await self._judge(self._uncovered(listing))

    def _in_conflict(self, path: bytes) -> RetryError:
        """The user has not resolved a file yet."""
        business = unfinished(self.layout)
        hint = in_folder((business or UNMERGED).cure, self.layout.root)
        why = f"{os.fsdecode(path)} is in conflict"
        return RetryError(f"{business.what}: {why}" if business else why, hint=hint)

    async def _status(self, paths: tuple[bytes, ...]) -> Listing:
        finished = await self.git.run(*STATUS, "--", *paths)
        if finished.returncode and paths:
            below = (self.layout.below,) if self.layout.below else ()
            finished = await self.git.run(*STATUS, "--", *below)
        if finished.returncode:
            raise GitError(STATUS, finished)
        return parse_status(finished.stdout)

    async def _judge(self, listing: Listing) -> Look:
        found = {change.path: change for change in _changes(listing)}
        root = os.fsencode(self.layout.root)
        seen = await asyncio.to_thread(observe, root, found)
        now, left = time.time(), {entry.path: entry for entry in _other_repositories(listing)}
        left |= {entry.path: entry for entry in self._waiting(listing)}
        left |= {entry.path: entry for entry in _not_checked_out(listing, seen)}
        left |= {entry.path: entry for entry in self._unfit(seen) if entry.path not in left}
        saved = await asyncio.to_thread(self._being_saved, root, found, seen)
        unstable = {path for path, there in seen.items() if there.fresh(now)} | saved.replaced
        unstable -= left.keys() | saved.passing.keys()
        apart = left.keys() | unstable | saved.passing.keys()
        return Look(
            tuple(change for path, change in found.items() if path not in apart),
            tuple(unstable),
            tuple(left.values()),
            passing=saved.passing,
        )

    def _being_saved(
        self, root: bytes, found: Mapping[bytes, Change], seen: Mapping[bytes, Seen]
    ) -> Saving:
        return being_saved(root, found.values(), seen, self.patterns, self._cut)

    def _uncovered(self, listing: Listing) -> Listing:
        """Without the untracked files that the configuration ignores."""
        inside = ((path, _as_file(path[self._cut :])) for path in listing.untracked)
        untracked = tuple(path for path, file in inside if not self.patterns.covers(file))
        return Listing(listing.entries, untracked)

    @property
    def _cut(self) -> int:
        """The length of what leads from the root to the watched folder."""
        return len(self.layout.below) + 1 if self.layout.below else 0

    def _waiting(self, listing: Listing) -> list[Left]:
        """Versions staged by hand that differ from the disk wait for their user's commit."""
        waiting, now = [], time.monotonic()
        for entry in listing.entries:
            if not entry.staged_apart or entry.submodule:
                self.withheld.settle(entry.path)
            elif (seconds := self.withheld.wait_for_user(entry.path, entry.oid, now)) > 0:
                waiting.append(_staged_apart(entry.path, seconds))
        return waiting

    def _unfit(self, seen: Mapping[bytes, Seen]) -> list[Left]:
        now, unfit = time.monotonic(), []
        for path, there in seen.items():
            refused = self.withheld.refusal(path, there.signature, now)
            if reason := unfit_because(path, there):
                unfit.append(reason)
            elif refused:
                unfit.append(Left(path, f"git refuses it: {refused}", "rename or mend the file"))
        return unfit


def unfit_because(path: bytes, there: Seen) -> Left | None:
    """Why what is on disk can't be committed, if it can't."""
    match there.what:
        case What.OTHER:
            return Left(path, "it is no file but a pipe, socket or device", "add it to .gitignore")
        case What.UNREADABLE:
            return Left(path, f"it can't be read: {there.why}", "allow this user to read it")
        case _:
            return None


def _changes(listing: Listing) -> list[Change]:
    """What git reports, each path once: one taken out of the index is still there, untracked."""
    untracked = {path for path in listing.untracked if not path.endswith(b"/")}
    changes = {path: Change(path, ChangeKind.ADDED) for path in untracked}
    for entry in listing.entries:
        if entry.submodule or (entry.new and entry.gone and entry.path not in untracked):
            changes.pop(entry.path, None)
        else:
            gone = entry.gone and entry.path not in untracked
            changes[entry.path] = Change(entry.path, _kind(entry, gone=gone))
    return list(changes.values())


def _kind(entry: Entry, *, gone: bool) -> ChangeKind:
    if gone:
        return ChangeKind.DELETED
    return ChangeKind.ADDED if entry.new else ChangeKind.MODIFIED


def _other_repositories(listing: Listing) -> list[Left]:
    embedded = [
        Left(path, "it is a repository of its own", "sync it by itself, or add it to .gitignore")
        for path in listing.untracked
        if path.endswith(b"/")
    ]
    submodules = [
        Left(entry.path, "submodules are never changed by autosync", _commit(entry.path))
        for entry in listing.entries
        if entry.submodule
    ]
    return embedded + submodules


def _not_checked_out(listing: Listing, seen: Mapping[bytes, Seen]) -> list[Left]:
    """Staged in a part of the tree that a sparse checkout leaves out: git calls it unchanged."""
    return [
        Left(entry.path, "it is staged, but not checked out here", "`git commit` it")
        for entry in listing.entries
        if not entry.gone and entry.unstaged == "." and seen_nothing(seen.get(entry.path))
    ]


def seen_nothing(there: Seen | None) -> bool:
    """Whether nothing was on disk."""
    return there is not None and there.what in (What.MISSING, What.BEYOND_LINK)


def _as_file(path: bytes) -> bytes:
    """A folder, which ends in a slash, as something inside it: patterns for folders fit then."""
    return path + b"." if path.endswith(b"/") else path


def _staged_apart(path: bytes, seconds: float) -> Left:
    minutes = max(1, round(seconds / 60))
    return Left(
        path,
        "it was staged by hand, and changed on disk after that",
        f"`git commit` it, or wait: in {minutes} min both versions are committed",
    )


def _commit(path: bytes) -> str:
    return f"`git commit -- {shlex.quote(':(top,literal)' + printable(path))}`"
