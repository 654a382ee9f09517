"""Tells a tool what appeared, changed, vanished and moved, and has it committed."""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from tempfile import NamedTemporaryFile

from autosyncd.errors import (
    NeedsUserError,
    OfflineError,
    RejectedError,
    RetryError,
    ToolError,
)
from autosyncd.vcs.base import Change, ChangeKind, Look, stamp
from autosyncd.vcs.table.around import make_folders
from autosyncd.vcs.table.changes import list_changes
from autosyncd.vcs.table.listing import list_files
from autosyncd.vcs.table.look import Looker
from autosyncd.vcs.table.paths import inside, parents
from autosyncd.vcs.table.tool import Tool

Message = Callable[[tuple[Change, ...]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Staged:
    """What was told to the tool; `paths` are what a commit has to name."""

    changes: tuple[Change, ...]
    paths: tuple[bytes, ...]
    unstable: tuple[bytes, ...] = ()


class Stager:
    """Brings the changes of one working copy into commits."""

    def __init__(self, tool: Tool, looker: Looker) -> None:
        self._tool = tool
        self._looker = looker
        self._scope = looker.scope
        self._started = False

    @property
    def names_paths(self) -> bool:
        """Whether a commit holds the paths it is given alone."""
        return any("{paths}" in word for argv in self._tool.table.commit for word in argv)

    async def stage(self, look: Look) -> Staged:
        """Tell the tool what the look has, as far as it is still what was judged."""
        await self._start()
        fit = [change for change in look.changes if self._judged(look, change)]
        if self._tool.table.folder_first:
            fit = _without_heirs(fit)
        late = tuple(change.path for change in look.changes if change not in fit)
        table = self._tool.table
        renamed = [change for change in fit if change.kind is ChangeKind.RENAMED]
        fit = [change for change in fit if change.kind is not ChangeKind.RENAMED]
        fit += await self._move(renamed)
        removed = await self._removals(_of(fit, ChangeKind.DELETED))
        await self._forget(removed)
        added = _of(fit, ChangeKind.ADDED)
        await make_folders(self._tool, self._scope, added)
        taken = await self._take(table.add, added)
        edited = _of(fit, ChangeKind.MODIFIED)
        whole = {path for path in edited if _is_folder(self._full(path))}
        edited = [path for path in edited if path not in whole]
        turned = await self._forget_turned(edited)
        taken |= whole | await self._take(table.add, turned)
        taken |= await self._take(table.modify, [path for path in edited if path not in turned])
        await self._looker.programs.mark(taken)
        done = tuple(c for c in fit if c.path in taken or c.kind is ChangeKind.DELETED)
        moved = tuple(change for change in renamed if change.path not in {c.path for c in fit})
        paths = [*removed, *(path for change in moved for path in (change.source, change.path))]
        paths += [change.path for change in done if change.kind is not ChangeKind.DELETED]
        named = tuple(dict.fromkeys(path for path in paths if path is not None))
        every = await self._with_folders(named)
        return Staged(tuple(sorted((*done, *moved), key=_path)), every, late)

    async def commit(self, staged: Staged, message: str) -> None:
        """Commit what was staged."""
        text = message.replace("\0", "").encode("utf-8", "replace")
        table = self._tool.table
        if self.names_paths and not staged.paths:
            return
        with NamedTemporaryFile(prefix="autosync-") as file:
            file.write(text + b"\n")
            file.flush()
            values = {"message": text, "file": os.fsencode(file.name)}
            await self._tool.output(
                table.commit, self._scope.root, values, staged.paths, network=table.central
            )

    async def _forget(self, paths: Sequence[bytes]) -> None:
        """Tell of what vanished; without a list of changes, it may have been told before."""
        commands = self._tool.table.remove
        if self._tool.table.changes:
            await self._tell(commands, paths)
            return
        try:
            await self._tell(commands, paths)
        except (RetryError, OfflineError, RejectedError):
            raise
        except ToolError as error:
            unknown = [path for path in paths if not await self._forgets(path)]
            told = {path for path in unknown if self._looker.doubted(path)}
            if set(unknown) - told and not await self._looker.clean():
                raise error from None

    async def _forgets(self, path: bytes) -> bool:
        try:
            await self._tell(self._tool.table.remove, (path,))
        except ToolError:
            return False
        return True

    async def _start(self) -> None:
        """The tool's own look at everything, once, where nobody else knows what has changed."""
        table = self._tool.table
        if self._started or table.changes or not self._looker.unsure:
            return
        passed_over = await asyncio.to_thread(self._looker.passed_over)
        if passed_over is None and table.startup:
            await self._tool.output(table.startup, self._scope.root)
        else:
            await self._tell_of_all(passed_over)
        self._started = True

    async def _tell_of_all(self, passed_over: bytes | None) -> None:
        """In place of `startup`, which would take what only the configuration ignores, too."""
        table = self._tool.table
        if passed_over is not None and not table.add:
            shown = passed_over.decode("utf-8", "backslashreplace")
            raise NeedsUserError(
                f"cannot commit what changed before the start: {table.name} would take {shown},"
                " too, which only `ignore` in autosync.yaml leaves out",
                hint=f"have {table.name} itself ignore it, or give its table `add` or `changes`",
            )
        every = await asyncio.to_thread(self._looker.shown)
        taken = await self._take(table.add, every)
        left = [path for path in every if path not in taken]
        taken |= await self._take(table.modify, left)
        self._looker.forget(path for path in left if path not in taken)

    def _judged(self, look: Look, change: Change) -> bool:
        if not look.judged or change.kind is ChangeKind.DELETED:
            return True
        if _is_folder(self._full(change.path)):
            return True
        try:
            return look.judged.get(change.path) == stamp(os.lstat(self._scope.full(change.path)))
        except OSError:
            return False

    async def _move(self, renamed: Sequence[Change]) -> list[Change]:
        """Returns the deletions and additions that stand for what could not be moved."""
        table, left = self._tool.table, []
        for change in renamed:
            source = change.source or b""
            try:
                if not table.move:
                    raise ToolError("there is no command for it")
                values = {"source": source, "target": change.path}
                await self._tool.output(table.move, self._scope.root, values)
            except ToolError:
                left.append(Change(source, ChangeKind.DELETED))
                left.append(Change(change.path, ChangeKind.ADDED))
        return left

    async def _removals(self, gone: Sequence[bytes]) -> tuple[bytes, ...]:
        """The paths; with `folders`, of folders that vanished as a whole the topmost."""
        if not (self._tool.table.folders and gone):
            return tuple(gone)
        tracked = await list_files(self._tool, self._scope.root)
        listing = await list_changes(self._tool, self._scope)
        every = set(gone)
        tops = dict.fromkeys(self._topmost(path, every, tracked) for path in gone)
        empty = [p for p in sorted(listing.known - tracked) if not os.path.lexists(self._full(p))]
        tops |= dict.fromkeys(path for path in empty if self._scope.wanted(path))
        return tuple(p for p in tops if not any(p != q and inside(p, q) for q in tops))

    def _topmost(self, path: bytes, gone: set[bytes], tracked: frozenset[bytes]) -> bytes:
        top = path
        folder = path.rpartition(b"/")[0]
        while folder and not _is_folder(self._full(folder)) and self._scope.wanted(folder):
            if any(inside(one, folder) and one not in gone for one in tracked):
                break
            top, folder = folder, folder.rpartition(b"/")[0]
        return top

    async def _take(
        self, commands: tuple[tuple[str, ...], ...], paths: Sequence[bytes]
    ) -> set[bytes]:
        """Tell of all at once, and if that fails one by one; returns those that were taken."""
        if not paths:
            return set()
        try:
            await self._tell(commands, paths)
            return set(paths)
        except (RetryError, OfflineError, RejectedError):
            raise
        except ToolError:
            return {path for path in paths if await self._takes(commands, path)}

    async def _forget_turned(self, paths: Sequence[bytes]) -> tuple[bytes, ...]:
        """Those that are a link now and were a file, or the like: to be added as something new."""
        if not (paths and self._tool.table.changes_turned):
            return ()
        listing = await list_changes(self._tool, self._scope)
        turned = tuple(path for path in paths if path in listing.turned)
        await self._tell(self._tool.table.remove, turned)
        return turned

    async def _takes(self, commands: tuple[tuple[str, ...], ...], path: bytes) -> bool:
        try:
            await self._tell(commands, (path,))
        except ToolError as error:
            self._looker.refuse((path,), error.message)
            return False
        return True

    async def _tell(self, commands: tuple[tuple[str, ...], ...], paths: Sequence[bytes]) -> None:
        if paths:
            await self._tool.output(commands, self._scope.root, {}, paths)

    async def _with_folders(self, paths: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """With the folders around them that are new to the tool, too."""
        if not (self._tool.table.folders and any(b"/" in path for path in paths)):
            return paths
        listing = await list_changes(self._tool, self._scope)
        new = [
            folder
            for folder in sorted(listing.known | listing.new)
            if _is_folder(self._full(folder)) and any(inside(path, folder) for path in paths)
        ]
        return tuple(dict.fromkeys((*new, *paths)))

    def _full(self, path: bytes) -> bytes:
        return self._scope.full(path)


def _of(changes: Iterable[Change], kind: ChangeKind) -> list[bytes]:
    return [change.path for change in changes if change.kind is kind]


def _without_heirs(changes: Sequence[Change]) -> list[Change]:
    """Without what takes the name of a folder that is removed with all that is in it."""
    folders = {around for path in _of(changes, ChangeKind.DELETED) for around in parents(path)}
    folders |= {around for c in changes if c.source for around in parents(c.source)}
    return [c for c in changes if c.path not in folders or c.kind is ChangeKind.DELETED]


def _path(change: Change) -> bytes:
    return change.path


def _is_folder(full: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(full).st_mode)
    except OSError:
        return False
