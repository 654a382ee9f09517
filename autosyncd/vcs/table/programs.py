"""Executable bits, for tools that keep them as a property and do not look at the files for it."""

import asyncio
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autosyncd.vcs.table.listing import list_files, list_programs
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool


class Programs:
    """Compares the files of one working copy with what the tool takes for executable."""

    def __init__(self, tool: Tool, scope: Scope) -> None:
        self._tool = tool
        self._scope = scope
        self._kept: bool | None = None

    async def differing(self) -> frozenset[bytes]:
        """The known files that were made executable, or are not so any more."""
        if not self._tool.table.programs or not await self._are_kept():
            return frozenset()
        tracked = await list_files(self._tool, self._scope.root)
        marked = await list_programs(self._tool, self._scope.root)
        return await asyncio.to_thread(self._compared, tracked, marked)

    async def mark(self, paths: Iterable[bytes]) -> None:
        """Tell the tool of those of the paths that differ."""
        differing = await self.differing()
        chosen = [path for path in paths if path in differing]
        made = [path for path in chosen if self._is_program(path)]
        ended = [path for path in chosen if path not in made]
        table = self._tool.table
        for commands, some in ((table.program, made), (table.no_program, ended)):
            if some:
                await self._tool.output(commands, self._scope.root, {}, some)

    def _compared(self, tracked: Iterable[bytes], marked: frozenset[bytes]) -> frozenset[bytes]:
        return frozenset(
            path for path in tracked if self._is_program(path) not in (None, path in marked)
        )

    def _is_program(self, path: bytes) -> bool | None:
        """None for what is no file."""
        try:
            mode = os.lstat(self._scope.full(path)).st_mode
        except OSError:
            return None
        return bool(mode & stat.S_IXUSR) if stat.S_ISREG(mode) else None

    async def _are_kept(self) -> bool:
        """Whether this file system keeps executable bits; FAT's have all files alike."""
        if self._kept is None:
            folder = self._scope.root / self._tool.table.detect
            self._kept = await asyncio.to_thread(keeps_bits, folder)
        return self._kept


def keeps_bits(folder: Path) -> bool:
    """Whether a file in the folder can be made executable, and cease to be; blocks."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="autosync-") as file:
            seen = []
            for mode in (0o700, 0o600):
                os.fchmod(file.fileno(), mode)
                seen.append(os.fstat(file.fileno()).st_mode & 0o100)
            return seen == [0o100, 0]
    except OSError:
        return False
