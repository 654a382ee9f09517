"""What the server of a tool without commits of one's own has, and how it comes into the tree."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from autosyncd.config.model import AroundTable
from autosyncd.errors import RemoteNeedsUserError, ToolError
from autosyncd.vcs.table.around import detour, survey
from autosyncd.vcs.table.listing import matching, path_of
from autosyncd.vcs.table.paths import inside, parents
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the server has more: paths, those of them that are `gone` there as far as it says so,
    and its newest revision."""

    paths: frozenset[bytes]
    tip: str | None
    gone: frozenset[bytes] = frozenset()


async def ask(tool: Tool, scope: Scope, values: Mapping[str, bytes]) -> Incoming:
    """Ask the server; raises OfflineError, RemoteNeedsUserError."""
    table = tool.table
    try:
        text = await tool.output(table.incoming, scope.root, values, network=True)
    except (RemoteNeedsUserError, ToolError):
        way = await detour(tool, scope)
        if way is None:
            raise
        found = await _ask_exactly(tool, scope, way.table, values)
        return replace(found, paths=found.paths - (way.closed - found.gone))
    paths = frozenset(path_of(found) for found in matching(text, table.incoming_line))
    return Incoming(paths, _tip(tool, text))


async def ask_before_merging(tool: Tool, scope: Scope, values: Mapping[str, bytes]) -> Incoming:
    """The same, and what is gone there, as far as the table has a command to know it."""
    around = tool.table.around
    if around is None:
        return await ask(tool, scope, values)
    return await _ask_exactly(tool, scope, around, values)


async def _ask_exactly(
    tool: Tool, scope: Scope, table: AroundTable, values: Mapping[str, bytes]
) -> Incoming:
    here = await survey(tool, scope, table)
    given = {**values, "since": b"%d" % here.oldest}
    text = await tool.output(table.incoming, scope.root, given, network=True)
    history = _history(text, table)
    gone = {path for path, (_, is_gone) in history.items() if is_gone and path in here.known}
    paths = {p for p, (number, is_gone) in history.items() if number > here.number(p)}
    there = {path for path in paths if not history[path][1] and not _vanished(path, history)}
    gone &= paths
    return Incoming(frozenset(gone | there), _tip(tool, text), frozenset(gone))


def _history(text: str, table: AroundTable) -> dict[bytes, tuple[int, bool]]:
    """The paths of the log: the number of the last commit that changed each, and whether it was
    deleted by that."""
    found: dict[bytes, tuple[int, bool]] = {}
    top, number = b"", 0
    for line in text.split("\n"):
        if place := re.fullmatch(table.place_line, line):
            top = unquote_to_bytes(place["path"]).strip(b"/")
        elif commit := re.fullmatch(table.commit_line, line):
            number = int(commit["id"])
        elif change := re.fullmatch(table.incoming_line, line):
            path = path_of(change)
            if path != top and inside(path, top):
                path = path[len(top) + 1 :] if top else path
                found[path] = (number, bool(change.groupdict().get("gone")))
    return found


def _vanished(path: bytes, history: Mapping[bytes, tuple[int, bool]]) -> bool:
    """Whether a folder around a path was deleted after that changed."""
    around = (history.get(folder, (0, False)) for folder in parents(path))
    return any(is_gone and number > history[path][0] for number, is_gone in around)


def _tip(tool: Tool, text: str) -> str | None:
    tips = matching(text, tool.table.tip_line) if tool.table.tip_line else []
    return tips[0]["id"] if tips else None


async def pull(
    tool: Tool, scope: Scope, incoming: Incoming, values: Mapping[str, bytes]
) -> frozenset[bytes]:
    """Bring the tree to what the server has; returns the folders that are gone there and have to
    stay here, for the names in them that the tool can't read."""
    way = await detour(tool, scope)
    if way is None:
        await tool.output(tool.table.pull, scope.root, values, network=True)
        return frozenset()
    places = way.reachable(incoming.paths, incoming.gone)
    if places:
        await tool.output(way.table.pull, scope.root, values, places, network=True)
    return incoming.gone & way.closed


async def check_reach(tool: Tool, scope: Scope, incoming: Incoming, paths: Iterable[bytes]) -> None:
    """Raise RemoteNeedsUserError if one of the paths is in a folder that should go and can't."""
    way = await detour(tool, scope) if incoming.gone else None
    lost = incoming.gone & way.closed if way else frozenset()
    check_lost(frozenset(f for f in lost if any(inside(path, f) for path in paths)))


def check_lost(folders: frozenset[bytes]) -> None:
    """Raise RemoteNeedsUserError for folders that should go and can't."""
    if folders:
        shown = ", ".join(one.decode("utf-8", "backslashreplace") for one in sorted(folders))
        raise RemoteNeedsUserError(
            f"cannot take in that {shown} was deleted: a name in it is not UTF-8",
            hint="give that file another name, or move it away; all else is in step",
        )
