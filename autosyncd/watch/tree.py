"""One watched tree: turns the kernel's events into hints, and keeps every folder watched."""

import asyncio
import os
from collections.abc import Callable, Generator, Iterable, MutableMapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.errors import NeedsUserError
from autosyncd.watch.base import Hint, OnHint, RootGone, Target, WatchComplete
from autosyncd.watch.changes import Changes
from autosyncd.watch.collecting import Collecting
from autosyncd.watch.filesystem import lies_in
from autosyncd.watch.folders import Folders, Placed
from autosyncd.watch.ignores import Ignores
from autosyncd.watch.kernel import IN_DELETE_SELF, IN_IGNORED, IN_MOVE_SELF, IN_UNMOUNT
from autosyncd.watch.limits import too_many_watches
from autosyncd.watch.node import Node
from autosyncd.watch.outside import Outside
from autosyncd.watch.pending import Pending
from autosyncd.watch.placing import Placer
from autosyncd.watch.remainder import Remainder
from autosyncd.watch.visiting import Visiting
from autosyncd.watch.watches import Watches

_OWN = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED


class Flushed(Protocol):
    """Something that hints at the end of a round of reading."""

    def flush(self, *, drained: bool) -> None:
        """Hint what there is to hint; `drained` if no event is left to read."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all trees of one inotify instance have in common.

    `unflushed` are those with something to hint, `wanted` and `watched` count folders over all.
    """

    watches: Watches
    placer: Placer
    unflushed: MutableMapping[Flushed, None]
    collecting: Collecting
    wanted: Callable[[], int]
    watched: Callable[[], int]


class Tree:
    """A Watch of one target.

    Raises NeedsUserError if the top folder can't be watched.
    """

    def __init__(
        self, target: Target, on_hint: OnHint, shared: Shared, on_end: Callable[["Tree"], None]
    ) -> None:
        sources = target.sources
        self._target = target
        self._on_hint = on_hint
        self._shared = shared
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._folders = Folders(self, target, shared.watches, lambda: shared.placer.add(self))
        self._ignores = Ignores(target)
        self._pending = Pending()
        self._visiting = Visiting(
            self._folders, self._ignores, self._pending, sources.control, sources.per_directory
        )
        self._changes = Changes(self._folders, self._ignores, self._pending, self._visiting)
        self._outside = Outside(
            target, shared.watches, self._ignores.outer_files, self._on_control, self._on_rules
        )
        self._remainder = Remainder(target.interval, self._folders, self._look_at_remainder)
        self._special = sources.control | {sources.per_directory or b""}
        self._noted: list[Node] = []
        self._visit: Generator[None, None, None] | None = None
        self._whole = asyncio.Event()
        self._closed = self._ended = self._limit_told = False
        self._begin()

    @property
    def top(self) -> Node:
        """The node of the watched folder."""
        return self._folders.top

    @property
    def count(self) -> int:
        """How many folders are watched by the kernel."""
        return self._folders.count

    @property
    def wanted(self) -> int:
        """How many watches this tree would have if the kernel allowed it."""
        return self._folders.wanted

    @property
    def watched(self) -> int:
        """How many of these it has."""
        return self._folders.watched

    @property
    def rests(self) -> bool:
        """Whether nothing is to be visited, let go of or hinted just now."""
        return self._visit is None and self._folders.idle and self not in self._shared.unflushed

    async def placed(self) -> None:
        """Return once the whole tree is watched, or its root is gone."""
        await self._whole.wait()

    def recheck(self) -> None:
        """Walk the tree for folders that are not watched; what is new there is hinted."""
        if not self._ended:
            self._outside.arm()
            self._folders.queue(self.top)

    def follow(self, sources: IgnoreSources) -> None:
        """Other rules count from now on; what they let in is watched and hinted."""
        if self._ended or sources == self._target.sources:
            return
        self._target = replace(self._target, sources=sources)
        self._ignores.use(sources)
        self._outside.follow(self._ignores.outer_files)
        self._pending.everything = True
        self._folders.queue(self.top)
        self._shared.unflushed[self] = None

    def mounted(self, points: Iterable[bytes]) -> None:
        """Something was mounted or unmounted at these places: look at what is there now."""
        if self._ended:
            return
        top = self._folders.full(self._target.below)
        for point in points:
            if lies_in(top, point):
                self._pending.gone |= self._folders.identity() != self._identity
            elif lies_in(point, top):
                self._look_below(point[len(self._folders.root) + 1 :])
        self._shared.placer.add(self)

    def close(self) -> None:
        """Stop watching and hinting; the kernel's watches go in slices."""
        self._closed = True
        if not self._ended:
            self._end()

    def note(self, node: Node) -> None:
        """A node has touched names."""
        if not self._ended:
            self._noted.append(node)
            self._shared.unflushed[self] = None

    def change(self, node: Node, mask: int, cookie: int, name: bytes) -> None:
        """A folder in a node, or its own folder, appeared, went or changed."""
        if self._ended:
            return
        self._shared.unflushed[self] = None
        if mask & _OWN:
            self._own_folder_changed(node, mask)
        elif name in self._target.sources.control:
            node.touch(name)
        elif name:
            self._changes.entry(node, mask, cookie, name)

    def overflowed(self) -> None:
        """Events were lost: look everywhere, and walk the tree for what is not watched."""
        if self._ended:
            return
        self._outside.arm()
        self._ignores.reload()
        self._pending.everything = self._pending.control = self._pending.rules = True
        self._folders.queue(self.top)
        self._shared.unflushed[self] = None

    def flush(self, *, drained: bool) -> None:
        """Hint what was collected; once all is read, folders that moved nowhere have left."""
        if self._ended:
            return
        if drained:
            self._changes.settle()
        elif self._changes.unsettled:
            self._shared.unflushed[self] = None
        noted, self._noted = self._noted, []
        for node in noted:
            self._sort(node)
        for hint in self._pending.take():
            self._hint(hint)
            if isinstance(hint, RootGone):
                self._end()

    def proceed(self, deadline: float) -> bool:
        """Visit folders, and let go of those that left, until the deadline."""
        more = True
        while more and monotonic() < deadline:
            more = self._folders.let_go() or self._visit_on()
        self.flush(drained=False)
        if not more:
            self._rest()
        return more

    def abandon(self) -> None:
        """The inotify instance ends, and all its watches with it."""
        self._closed = self._ended = True
        self._remainder.close()
        self._grown()

    def _begin(self) -> None:
        placed = self._folders.place(self.top, self._target.below)
        if placed in (Placed.ABSENT, Placed.DENIED):
            where = os.fsdecode(self._folders.full(self._target.below))
            raise NeedsUserError(
                f"cannot watch {where}: {placed.value}",
                hint="it must be a folder that this user may read",
            )
        self._identity = self._folders.identity()
        self._outside.arm()
        self._ignores.reload()
        self._shared.collecting.begin()
        self._folders.queue(self.top)

    def _look_below(self, path: bytes) -> None:
        self._pending.add(path)
        if node := self._folders.at(path):
            self._folders.queue(node)

    def _grown(self) -> None:
        """The whole tree is watched, or never will be."""
        if not self._whole.is_set():
            self._whole.set()
            self._shared.collecting.end(self._folders.watched)

    def _visit_on(self) -> bool:
        """One step of visiting; returns whether there was anything to do."""
        if self._visit is None:
            node = self._folders.next_visit()
            if node is None:
                return False
            self._visit = self._visiting.visit(node, reports=self._whole.is_set())
        for _ in self._visit:
            return True
        self._visit = None
        return True

    def _rest(self) -> None:
        """Everything has been visited."""
        self._grown()
        if self._ended:
            return
        self._remainder.visited()
        if self._folders.unwatched:
            self._remainder.begin()
            if not self._limit_told:
                self._limit_told = True
                self._hint(too_many_watches(self._shared.wanted(), self._shared.watched()))
        elif self._limit_told:
            self._limit_told = False
            self._hint(WatchComplete())

    def _look_at_remainder(self, paths: Iterable[bytes]) -> None:
        if self._outside.limited:
            self._outside.arm()
            self._on_rules()
            self._on_control()
        self._pending.add_all(paths)
        self._shared.placer.add(self)

    def _own_folder_changed(self, node: Node, mask: int) -> None:
        if mask & IN_IGNORED:
            self._folders.lost(node)
        if node is self.top:
            self._pending.gone = True
        elif (path := node.path()) is not None and mask & (IN_IGNORED | IN_UNMOUNT):
            self._pending.add(path)
            self._folders.queue(node)

    def _sort(self, node: Node) -> None:
        """Report the touched names of a folder, and act on those with a meaning of their own."""
        names, node.names = node.names, None
        path = node.path()
        if path is None or not names:
            return
        if node.unread:
            self._visiting.read(node, path)
        special = self._special & names
        if special:
            self._act(node, path, special)
            names -= self._target.sources.control
        if node not in self._folders.shut:
            scope = self._ignores.scope(node, path)
            self._pending.add_all(
                scope.prefix + name for name in names if not scope.ignores(name, is_dir=False)
            )

    def _act(self, node: Node, path: bytes, special: frozenset[bytes]) -> None:
        if special & self._target.sources.control:
            if node is self.top:
                self._outside.arm()
                self._pending.control = True
            elif self._folders.has_control(path) != (node in self._folders.shut):
                self._folders.queue(node)
        if self._target.sources.per_directory in special:
            self._read_rules(node, path)

    def _read_rules(self, node: Node, path: bytes) -> None:
        rules = self._ignores.read(self._folders.full(path))
        if rules != node.rules and node not in self._folders.shut:
            node.rules = rules
            self._pending.everything = self._pending.rules = True
            self._folders.queue(node)

    def _on_control(self) -> None:
        self._pending.control = True
        self._shared.unflushed[self] = None

    def _on_rules(self) -> None:
        if self._target.sources.read_from:
            self._on_control()
        if self._ignores.reload():
            self._pending.everything = self._pending.rules = True
            self._folders.queue(self.top)
            self._shared.unflushed[self] = None

    def _hint(self, hint: Hint) -> None:
        """Hints go by way of the loop, so that whoever hears one may close or begin a watch."""
        self._loop.call_soon(self._deliver, hint)

    def _deliver(self, hint: Hint) -> None:
        if not self._closed:
            self._on_hint(hint)

    def _end(self) -> None:
        self._ended = True
        if self._visit is not None:
            self._visit.close()
            self._visit = None
        self._outside.close()
        self._remainder.close()
        self._folders.abandon()
        self._grown()
        self._on_end(self)
