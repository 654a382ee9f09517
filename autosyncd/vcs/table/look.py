"""What differs from the last commit: as the tool lists it, or by memory."""

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from pathlib import Path

from autosyncd.core.ignoring import compile_lines
from autosyncd.errors import NeedsUserError, RetryError
from autosyncd.vcs.base import Change, ChangeKind, Left, Look, Stamp, stamp
from autosyncd.vcs.table.changes import list_changes
from autosyncd.vcs.table.foreign import repositories
from autosyncd.vcs.table.listing import list_files
from autosyncd.vcs.table.memory import Memory
from autosyncd.vcs.table.paths import inside, parents
from autosyncd.vcs.table.programs import Programs
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool

Places = frozenset[bytes] | None

DOUBTED: Stamp = (0, 0, 0, 0)
"""The version of what may be in the last commit as it is on the disk, or not."""


class Looker:
    """Looks at one working copy. `known` are the versions of files at the last commit, by which a
    renamed file is recognised, and without a tool's own list also changed ones."""

    def __init__(self, tool: Tool, scope: Scope) -> None:
        self._tool = tool
        self.scope = scope
        self.programs = Programs(tool, scope)
        self._memory = Memory(scope.root / tool.table.detect, scope.below)
        self.known: dict[bytes, Stamp] | None = None
        self.unsure = True
        """Whether `known` may be anything, since only the tool's `status` tells what differs."""
        self._shown: Set[bytes] = frozenset()
        """What was shown when nobody knew what differs."""
        self.refused: dict[bytes, tuple[Stamp, str]] = {}
        """Versions that the tool did not take, and what it said."""

    async def look(self, places: Places) -> Look:
        """What differs, at or below the places only, or everywhere."""
        if self._tool.table.changes:
            if self.known is None:
                await self._memorize()
            return await self._listed(places)
        if self.unsure:
            return await self._unknown()
        return await asyncio.to_thread(self._compared, places)

    async def recall(self) -> None:
        """Without a list, know what was there at the last commit; else what is there as soon as the
        tool says that it is committed."""
        if self._tool.table.changes:
            return
        self.known = await asyncio.to_thread(self._memory.load)
        self.unsure = self.known is None
        if self.unsure:
            await self._unknown()

    async def save(self) -> None:
        """Remember over a restart what is in the last commit; only where no list tells that."""
        if not (self._tool.table.changes or self.unsure):
            await asyncio.to_thread(self._memory.save, dict(self.known or {}))

    def passed_over(self) -> bytes | None:
        """A file that only the patterns of the configuration leave out, if there is one; blocks."""
        everything = replace(self.scope, patterns=compile_lines(()))
        found = everything.walk(self.scope.below)
        return next((path for path, _ in found if not self.scope.wanted(path)), None)

    def shown(self) -> list[bytes]:
        """All files that may be committed; blocks."""
        return [
            p for p, status in self.scope.walk(self.scope.below) if not self._why_not(p, status)
        ]

    async def clean(self, cwd: Path | None = None) -> bool:
        """Whether the tool's `status` says that there is nothing to commit."""
        table = self._tool.table
        for argv in table.status:
            words = [os.fsencode(word.replace("{{", "{").replace("}}", "}")) for word in argv]
            finished = await self._tool.run(words, cwd or self.scope.root)
            if table.status_output:
                if self._tool.failed(finished):
                    raise self._tool.failure(words, finished, network=False)
                if finished.stdout.strip() and not self._tool.idle(finished):
                    return False
            elif finished.returncode:
                return False
        return True

    def remember(self, paths: Iterable[bytes]) -> None:
        """These are in the last commit as they are on the disk."""
        known = self.known if self.known is not None else {}
        for path in paths:
            if self._is_file(path):
                known[path] = stamp(os.lstat(self.scope.full(path)))
            else:
                known.pop(path, None)

    def forget(self, paths: Iterable[bytes]) -> None:
        """These are in no commit."""
        for path in paths:
            (self.known or {}).pop(path, None)

    def doubted(self, path: bytes) -> bool:
        """Whether the last commit may have a path as it is on the disk."""
        return (self.known or {}).get(path) == DOUBTED

    def pulled(self, paths: Iterable[bytes], after: Mapping[bytes, Stamp], *, clean: bool) -> None:
        """The tool changed these, or somebody did meanwhile: what was there `after` that is in the
        last commit if all was `clean` then, else it has to be found out."""
        known = self.known if self.known is not None else {}
        for path in paths:
            if not clean:
                known[path] = DOUBTED
            elif path in after:
                known[path] = after[path]
            else:
                known.pop(path, None)
        self.known = known

    def refuse(self, paths: Iterable[bytes], said: str) -> None:
        """The tool does not take these as they are now."""
        for path in paths:
            try:
                self.refused[path] = (stamp(os.lstat(self.scope.full(path))), said)
            except OSError:
                continue

    # --- with the tool's own list

    async def _listed(self, places: Places) -> Look:
        listing = await list_changes(self._tool, self.scope)
        gone = [p for p in listing.known if p in listing.turned or not self._is_file(p)]
        known = listing.known | (await self.programs.differing() - listing.new)
        tracked = await list_files(self._tool, self.scope.root) if gone else frozenset()
        files, folders = self._files_of(gone, tracked), await self._folders(listing.new)
        return await asyncio.to_thread(self._sorted, listing.new, known, files, places, folders)

    async def _folders(self, new: frozenset[bytes]) -> frozenset[bytes]:
        """The folders that the tool does not ignore, if it does not list the links in them."""
        if self._tool.table.links_listed:
            return frozenset()
        every = new | await list_files(self._tool, self.scope.root)
        return new | {b""} | {around for path in every for around in parents(path)}

    def _is_file(self, path: bytes) -> bool:
        try:
            return not stat.S_ISDIR(os.lstat(self.scope.full(path)).st_mode)
        except OSError:
            return False

    def _is_gone(self, path: bytes) -> bool:
        """Whether no file is there; one in a folder that can't be read may be."""
        try:
            return stat.S_ISDIR(os.lstat(self.scope.full(path)).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False

    def _files_of(self, gone: list[bytes], tracked: frozenset[bytes]) -> frozenset[bytes]:
        """The files among these paths and in them; where the tool lists none, the paths. What
        it was told of before, and did not commit, is no file that it knows any more."""
        if not self._tool.table.files:
            return frozenset(gone)
        tops = set(gone)
        found = {path for path in tracked if path in tops or _has_parent(path, tops)}
        around = {folder for path in found for folder in parents(path)}
        told = tops - found - around
        return frozenset(found | {p for p in told if not os.path.lexists(self.scope.full(p))})

    def _sorted(
        self,
        new: frozenset[bytes],
        known: frozenset[bytes],
        gone: frozenset[bytes],
        places: Places,
        folders: frozenset[bytes],
    ) -> Look:
        found = {path: ChangeKind.DELETED for path in gone if self._is_gone(path)}
        left = repositories(self.scope, new)
        for top, kind in (
            *((path, ChangeKind.ADDED) for path in sorted(new)),
            *((path, ChangeKind.MODIFIED) for path in sorted(known)),
        ):
            if kind is ChangeKind.MODIFIED and not self._is_file(top):
                continue
            for path, status in self._found(top):
                if why := self._why_not(path, status):
                    left.append(why)
                else:
                    found[path] = kind
        left += self._odd(known | new, places, folders)
        chosen = {p: k for p, k in found.items() if self.scope.wanted(p) and _asked(p, places)}
        refusals = tuple(one for one in left if _asked(one.path, places))
        return Look(self._renamed(chosen), (), tuple({one.path: one for one in refusals}.values()))

    def _found(self, top: bytes) -> Iterable[tuple[bytes, os.stat_result]]:
        if any(part in self.scope.control for part in top.split(b"/")) or self.scope.foreign(top):
            return ()
        return self.scope.walk(top)

    def _odd(
        self, listed: frozenset[bytes], places: Places, folders: frozenset[bytes]
    ) -> list[Left]:
        """What the tool's list can't show as it is: names with line breaks, or not in UTF-8; and in
        these folders links and the like."""
        if not (self.scope.text_names or folders or listed):
            return []
        tops = (self.scope.below,) if places is None else tuple(places)
        odd = []
        for top in tops:
            for path, status in self.scope.walk(top):
                why = self.scope.refusal(path, status)
                unlisted = path.rpartition(b"/")[0] in folders and not stat.S_ISREG(status.st_mode)
                if why and (b"\n" in path or b"\r" in path or not path.isascii() or unlisted):
                    odd.append(why)
        return odd

    def _why_not(self, path: bytes, status: os.stat_result) -> Left | None:
        version, said = self.refused.get(path, (None, ""))
        if version == stamp(status):
            return Left(path, f"{self._tool.table.name} does not take it: {said}", "ignore it")
        self.refused.pop(path, None)
        return self.scope.refusal(path, status)

    # --- by memory

    async def _unknown(self) -> Look:
        """Nobody knows what happened before: only whether there is something to commit."""
        await self._memorize()
        if await self.clean():
            self.unsure = False
            await self.save()
            return Look()
        return await asyncio.to_thread(self._everything)

    def _everything(self) -> Look:
        """Any file may be what differs: all are shown, so that they are judged."""
        found = dict(self.scope.walk(self.scope.below))
        left = [why for path, status in found.items() if (why := self._why_not(path, status))]
        left += repositories(self.scope, {self.scope.below})
        self._shown = found.keys() - {one.path for one in left}
        changes = tuple(Change(path, ChangeKind.MODIFIED) for path in sorted(self._shown))
        return Look(changes or (self._all(),), (), tuple(left))

    def whole(self, look: Look) -> Look:
        """A look that shows every file as what the tool takes it for: one change; blocks.

        Raises NeedsUserError where a file is held, which the tool would take with the others, and
        RetryError where one is not what was judged.
        """
        chosen = {change.path for change in look.changes}
        for path, status in self.scope.walk(self.scope.below):
            if path in self._shown and path not in chosen and path not in look.unstable:
                raise NeedsUserError(
                    f"cannot commit without {_shown(path)}, which is held: nobody knows whether it"
                    f" was committed before, and {self._tool.table.name} commits all or nothing",
                    hint="approve it, move it away, or commit by hand what is to be committed",
                )
            judged = look.judged.get(path, stamp(status)) if look.judged else stamp(status)
            if not self._why_not(path, status) and (path not in chosen or judged != stamp(status)):
                raise RetryError("files changed while they were judged")
        return Look((self._all(),))

    def _all(self) -> Change:
        return Change(self.scope.below or b".", ChangeKind.MODIFIED)

    async def _memorize(self) -> None:
        self.known = await asyncio.to_thread(self.scope.stamps, (self.scope.below,))

    def _compared(self, places: Places) -> Look:
        known = self.known or {}
        tops = (self.scope.below,) if places is None else tuple(places)
        now = {path: status for top in tops for path, status in self.scope.walk(top)}
        found, left = {}, repositories(self.scope, frozenset(tops))
        for path, status in now.items():
            if known.get(path) == stamp(status):
                continue
            if why := self._why_not(path, status):
                left.append(why)
            else:
                found[path] = ChangeKind.MODIFIED if path in known else ChangeKind.ADDED
        found |= {
            path: ChangeKind.DELETED
            for path in known
            if path not in now and _asked(path, places) and self._is_lost(path)
        }
        return Look(self._renamed(found), (), tuple(left))

    def _is_lost(self, path: bytes) -> bool:
        return self.scope.wanted(path) and self._is_gone(path)

    # --- both

    def _renamed(self, found: dict[bytes, ChangeKind]) -> tuple[Change, ...]:
        """The changes in order; what vanished here and is there untouched was renamed."""
        known = self.known or {}
        gone = {
            _body(known[path]): path
            for path, kind in found.items()
            if kind is ChangeKind.DELETED and path in known
        }
        changes, sources = [], set()
        for path, kind in sorted(found.items()):
            source = gone.get(self._body_at(path)) if kind is ChangeKind.ADDED else None
            if source is not None and source not in sources:
                sources.add(source)
                changes.append(Change(path, ChangeKind.RENAMED, source))
            else:
                changes.append(Change(path, kind))
        return tuple(change for change in changes if change.path not in sources)

    def _body_at(self, path: bytes) -> tuple[int, int, int]:
        try:
            return _body(stamp(os.lstat(self.scope.full(path))))
        except OSError:
            return (0, 0, 0)


def _body(version: Stamp) -> tuple[int, int, int]:
    """What a rename leaves as it is: it changes the time of change alone."""
    return version[:3]


def _asked(path: bytes, places: Places) -> bool:
    return places is None or any(inside(path, place) for place in places)


def _has_parent(path: bytes, tops: set[bytes]) -> bool:
    while b"/" in path:
        path = path.rpartition(b"/")[0]
        if path in tops:
            return True
    return False


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
