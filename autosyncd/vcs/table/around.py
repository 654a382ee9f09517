"""Around names that a tool can't read: it is told of all other places one by one.

Some tools fail in every folder that has such a name, and on whatever has such a folder in it.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from autosyncd.config.model import AroundTable
from autosyncd.vcs.table.listing import matching, path_of
from autosyncd.vcs.table.paths import parents
from autosyncd.vcs.table.scope import Scope, is_text
from autosyncd.vcs.table.tool import Tool


@dataclass(frozen=True, slots=True)
class Survey:
    """All that the tool knows, by its paths: of what is in its last commit the number of that
    version, of all else None."""

    known: Mapping[bytes, int | None]

    def number(self, path: bytes) -> int:
        """The number of a path's version; where there is none, of the folder around it."""
        for place in (path, *parents(path)):
            if (number := self.known.get(place)) is not None:
                return number
        return self.known.get(b"") or 0

    @property
    def oldest(self) -> int:
        """The least of the numbers."""
        return min((number for number in self.known.values() if number is not None), default=0)

    @property
    def newest(self) -> int | None:
        """The greatest of them."""
        return max((number for number in self.known.values() if number is not None), default=None)


@dataclass(frozen=True, slots=True)
class Detour:
    """`odd` are the folders that have such names in them, empty bytes the root."""

    table: AroundTable
    scope: Scope
    odd: frozenset[bytes]
    survey: Survey

    @property
    def closed(self) -> frozenset[bytes]:
        """The folders on which the tool fails."""
        odd = self.odd & self.survey.known.keys()
        return odd | {folder for path in odd for folder in (*parents(path), b"")}

    def places(self) -> tuple[bytes, ...]:
        """All that is in these folders and is none of them; blocks."""
        closed = self.closed
        found = {path for path in self.survey.known if path and _parent(path) in closed}
        for folder in closed:
            names = _entries(self.scope, folder)
            found |= {_joined(folder, name) for name in names if is_text(name)}
        return tuple(sorted(found - closed))

    def new_folders(self, folders: Set[bytes]) -> tuple[bytes, ...]:
        """The odd ones of these folders that are in no commit, and those around them."""
        odd = self.odd & folders
        around = odd | {folder for path in odd for folder in parents(path)}
        return tuple(sorted(path for path in around if self.survey.known.get(path) is None))

    def reachable(self, incoming: Set[bytes], gone: frozenset[bytes]) -> tuple[bytes, ...]:
        """What of the incoming paths the tool can bring in, without what is in one of the others;
        nor in a folder that is gone and can't go."""
        closed = self.closed
        lost = gone & closed
        open_ = incoming - closed
        return tuple(
            sorted(p for p in open_ if not any(f in open_ or f in lost for f in parents(p)))
        )


async def detour(tool: Tool, scope: Scope) -> Detour | None:
    """None where there are no such names, or the tool has no trouble with them."""
    table = tool.table.around
    odd = await asyncio.to_thread(odd_folders, scope) if table else frozenset()
    if not (table and odd):
        return None
    return Detour(table, scope, odd, await survey(tool, scope, table))


async def survey(tool: Tool, scope: Scope, table: AroundTable) -> Survey:
    """Ask the tool for all that it knows."""
    text = await tool.output(table.known, scope.root)
    found = matching(text, table.known_line)
    known = {path_of(line): int(line["id"]) if line["id"] else None for line in found}
    return Survey({b"" if path == b"." else path: number for path, number in known.items()})


def odd_folders(scope: Scope) -> frozenset[bytes]:
    """The folders that have a name in them that is no text; blocks."""
    found, left = set(), [b""]
    while left:
        folder = left.pop()
        names = _entries(scope, folder)
        if not all(map(is_text, names)):
            found.add(folder)
        left += [_joined(folder, name) for name, inner in names.items() if inner and is_text(name)]
    return frozenset(found)


def _entries(scope: Scope, folder: bytes) -> dict[bytes, bool]:
    """The names in a folder, and whether they are folders; nothing where it can't be read."""
    try:
        with os.scandir(scope.full(folder)) as entries:
            return {
                entry.name: entry.is_dir(follow_symlinks=False)
                for entry in entries
                if entry.name not in scope.control
            }
    except OSError:
        return {}


async def make_folders(tool: Tool, scope: Scope, paths: Iterable[bytes]) -> None:
    """Have the tool know the new folders around these paths that it can't commit."""
    around = {folder for path in paths for folder in parents(path)}
    if not any(not is_text(name) for folder in around for name in _entries(scope, folder)):
        return
    way = await detour(tool, scope)
    new = way.new_folders(around) if way else ()
    if not (way and new):
        return
    address = (await tool.answer("remote_url", scope.root)).strip()
    for folder in new:
        if folder in way.survey.known:
            await tool.output(tool.table.remove, scope.root, {}, (folder,))
        url = f"{address}/{quote_from_bytes(folder)}".encode("utf-8", "surrogateescape")
        given = {"url": url}
        await tool.output(way.table.folder, scope.root, given, (folder,), network=True)


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _joined(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name
