"""Looking now and then as long as no inotify instance can be had."""

import asyncio
from dataclasses import replace

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.errors import NeedsUserError, WatchLimitError
from autosyncd.watch.base import (
    OnHint,
    RootGone,
    Target,
    Touched,
    Watch,
    WatchComplete,
    Watcher,
    WatchLimited,
)


class Stopgap:
    """A Watch that says every `target.interval` seconds that everything may have changed, and
    tries each time to begin a real one, to which it hands over then."""

    def __init__(self, watcher: Watcher, target: Target, on_hint: OnHint) -> None:
        self._watcher = watcher
        self._target = target
        self._on_hint = on_hint
        self._watch: Watch | None = None
        self._taking_over: asyncio.Task[None] | None = None
        self._again()

    @property
    def count(self) -> int:
        """How many folders are watched by the kernel."""
        return self._watch.count if self._watch else 0

    async def placed(self) -> None:
        """There is nothing to wait for."""

    def recheck(self) -> None:
        """Walk the tree if it is watched."""
        if self._watch:
            self._watch.recheck()

    def follow(self, sources: IgnoreSources) -> None:
        """Hand it on, now or when there is a watch."""
        self._target = replace(self._target, sources=sources)
        if self._watch:
            self._watch.follow(sources)

    def close(self) -> None:
        """Stop hinting."""
        self._timer.cancel()
        if self._taking_over:
            self._taking_over.cancel()
        if self._watch:
            self._watch.close()

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._target.interval, self._tick)

    def _tick(self) -> None:
        try:
            self._watch = self._watcher.watch(self._target, self._on_hint)
        except WatchLimitError:
            self._again()
            self._on_hint(Touched(None))
        except NeedsUserError:
            self._on_hint(RootGone())
        else:
            self._taking_over = asyncio.ensure_future(self._take_over(self._watch))

    async def _take_over(self, watch: Watch) -> None:
        """What changed before its last folder was watched has to be looked for."""
        await watch.placed()
        self._on_hint(WatchComplete())
        self._on_hint(Touched(None))


def begin(watcher: Watcher, target: Target, on_hint: OnHint) -> Watch:
    """Watch a tree, at once or, where the kernel allows no instance, as soon as it does.

    Raises NeedsUserError if the root can't be watched at all.
    """
    try:
        return watcher.watch(target, on_hint)
    except WatchLimitError as error:
        on_hint(WatchLimited(error.message, error.hint or ""))
        return Stopgap(watcher, target, on_hint)
