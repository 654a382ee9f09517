"""What differs from the last commit, as a tool lists it."""

import asyncio
from dataclasses import dataclass

from autosyncd.errors import ToolError
from autosyncd.vcs.table.around import detour
from autosyncd.vcs.table.listing import paths_in
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths in which a working copy differs from its last commit; those that `turned` into a
    link, a file or a folder are among the known ones."""

    new: frozenset[bytes]
    known: frozenset[bytes]
    turned: frozenset[bytes] = frozenset()


async def list_changes(tool: Tool, scope: Scope) -> Listing:
    """What the tool's `changes` says."""
    table = tool.table
    text = await _listed(tool, scope)
    new, known = (paths_in(text, form) for form in (table.changes_new, table.changes_known))
    turned = paths_in(text, table.changes_turned) if table.changes_turned else set()
    return Listing(frozenset(new), frozenset(known - new), frozenset(turned - new))


async def _listed(tool: Tool, scope: Scope) -> str:
    try:
        return await tool.output(tool.table.changes, scope.root)
    except ToolError:
        way = await detour(tool, scope)
        if way is None:
            raise
        places = await asyncio.to_thread(way.places)
        return await tool.output(way.table.changes, scope.root, {}, places)
