"""The folders of a tree that the kernel allows no watch for: looked at now and then."""

import asyncio
from collections.abc import Callable, Iterable

from autosyncd.watch.folders import Folders
from autosyncd.watch.node import Node
from autosyncd.watch.watches import UNWATCHED

FEW = 100
"""Beyond so many folders, looking everywhere is cheaper."""


class Remainder:
    """Says every `interval` seconds that such folders may have changed, and tries one of them
    again: if that one can be watched now, so perhaps can the others."""

    def __init__(
        self, interval: float, folders: Folders, touched: Callable[[Iterable[bytes]], None]
    ) -> None:
        self._interval = interval
        self._folders = folders
        self._touched = touched
        self._timer: asyncio.TimerHandle | None = None
        self._probe: Node | None = None

    def begin(self) -> None:
        """There are such folders."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._interval, self._tick)

    def visited(self) -> None:
        """Everything that was queued has been visited."""
        probe, self._probe = self._probe, None
        if probe is not None and probe.wd != UNWATCHED:
            for node in tuple(self._folders.unwatched):
                self._folders.queue(node)

    def close(self) -> None:
        """End the looking."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        unwatched = self._folders.unwatched
        if not unwatched:
            return
        self._touched(_paths(unwatched) if len(unwatched) <= FEW else (b"",))
        self._probe = next(iter(unwatched))
        self._folders.queue(self._probe)
        self.begin()


def _paths(nodes: Iterable[Node]) -> set[bytes]:
    return {path for node in nodes if (path := node.path()) is not None}
