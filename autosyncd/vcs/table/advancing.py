"""Brings the working tree to what the remote has, where no change of anybody's is in the way."""

import asyncio
import os
from collections.abc import Set
from pathlib import Path

from autosyncd.errors import AutosyncError, EditedError, RetryError
from autosyncd.vcs.table.aside import put_aside
from autosyncd.vcs.table.combine import prune
from autosyncd.vcs.table.contents import entry_at, plain, remove
from autosyncd.vcs.table.copies import Copies
from autosyncd.vcs.table.finishing import begin, end, finish
from autosyncd.vcs.table.incoming import ask, check_lost, pull
from autosyncd.vcs.table.listing import list_files
from autosyncd.vcs.table.look import Looker
from autosyncd.vcs.table.paths import inside, parents, touched
from autosyncd.vcs.table.position import Position
from autosyncd.vcs.tree.entry import Entry


class Advance:
    """Moves the tree of one working copy."""

    def __init__(self, position: Position, looker: Looker, host: str) -> None:
        self._position = position
        self._tool = position.tool
        self._looker = looker
        self._scope = looker.scope
        self._host = host

    async def pull(self) -> None:
        """Have the tool pull into the tree, if nothing there waits for a commit."""
        if (await self._looker.look(None)).changes:
            raise RetryError("there are changes that have to be committed before a pull")
        position, head = self._position, self._position.last
        everywhere = (self._scope.below,)
        before = await asyncio.to_thread(self._scope.stamps, everywhere)
        values = position.values()
        await self._tool.output(self._tool.table.pull, position.root, values, network=True)
        after = await asyncio.to_thread(self._scope.stamps, everywhere)
        changed = {path for path in before.keys() | after if before.get(path) != after.get(path)}
        clean = await self._looker.clean()
        self._looker.pulled(changed, after, clean=clean)
        await self._looker.save()
        position.behind += len(changed)
        position.last = await position.ask_head() or head
        position.tip = position.last.id if position.last else None

    async def update(self) -> int:
        """Have a central tool update the tree; returns how many paths changed."""
        position = self._position
        incoming = await ask(self._tool, self._scope, position.values())
        if incoming.paths:
            await self._make_way(incoming.paths)
            lost = await pull(self._tool, self._scope, incoming, position.values())
            self._looker.remember(incoming.paths)
            check_lost(lost)
        number = max(position.behind, len(incoming.paths))
        position.behind, position.tip = 0, incoming.tip
        return number

    async def to(self, copies: Copies, target: str) -> int:
        """Bring the tree to what a copy has; returns how many paths changed."""
        merged = copies.merged is not None and copies.merged.id == target
        source = copies.ours if merged else copies.theirs
        coming = await asyncio.to_thread(copies.trees, source)
        position = self._position
        if (head := await position.ask_head()) and head.id != copies.origin:
            raise RetryError("a commit was made meanwhile")
        tracked = await list_files(self._tool, position.root)
        differing = {
            path for path in coming.keys() | tracked if self._differs(path, coming.get(path))
        }
        await self._make_way(frozenset(differing))
        if copies.clear:
            await asyncio.to_thread(self._clear, tracked - coming.keys(), coming.keys())
        await self._advance(copies, source, differing)
        self._looker.remember(differing)
        position.last = await position.ask_head() or position.last
        position.behind, position.tip = 0, target
        return len(differing)

    async def _advance(self, copies: Copies, source: Path, differing: Set[bytes]) -> None:
        """Have the tool advance; what it breaks off is finished, now or by the next daemon."""
        if not copies.finish:
            await copies.advance(source)
            return
        place, scope = copies.top, self._scope
        await asyncio.to_thread(begin, place, scope, source, copies.origin, differing)
        try:
            await copies.advance(source)
        except AutosyncError:
            await finish(self._tool, scope, place)
            await self._make_way(frozenset(differing))
            raise
        await asyncio.to_thread(end, place)

    def _differs(self, path: bytes, coming: Entry | None) -> bool:
        there = entry_at(self._scope.full(path))
        if there and coming and not self._tool.table.modes:
            return plain(there) != plain(coming)
        return there != coming

    async def _make_way(self, coming: frozenset[bytes]) -> None:
        """Nobody's change may be in the way; raises EditedError. What is ignored moves aside."""
        look = await self._looker.look(None)
        edited = frozenset(
            path
            for path in set(touched(look.changes))
            if any(inside(one, path) or inside(path, one) for one in coming if one != b".")
        )
        if edited:
            raise EditedError("files were changed that are about to change", edited)
        tracked = await list_files(self._tool, self._position.root)
        obstacles = sorted(path for path in coming - tracked if self._blocks(path))
        await asyncio.to_thread(put_aside, self._scope, obstacles, self._host)

    def _clear(self, going: Set[bytes], coming: Set[bytes]) -> None:
        """A file that goes makes way for a folder, or a folder of such for a file: not every tool
        does that by itself. Both sides have it in a commit."""
        folders = {folder for path in going | coming for folder in parents(path)}
        for path in going:
            if path in folders or any(folder in coming for folder in parents(path)):
                remove(self._scope.full(path))
                prune(os.fsencode(self._scope.root), path)

    def _blocks(self, path: bytes) -> bool:
        return entry_at(self._scope.full(path)) is not None
