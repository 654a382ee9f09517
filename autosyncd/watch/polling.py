"""Watching without the kernel's help: say at intervals that everything may have changed."""

import asyncio

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.watch.base import OnHint, Target, Touched


class Poll:
    """A Watch that knows nothing, and says so every `interval` seconds."""

    def __init__(self, interval: float, on_hint: OnHint) -> None:
        self._interval = interval
        self._on_hint = on_hint
        self._timer = asyncio.get_running_loop().call_later(interval, self._tick)

    @property
    def count(self) -> int:
        """No folder is watched by the kernel."""
        return 0

    async def placed(self) -> None:
        """There is nothing to wait for."""

    def recheck(self) -> None:
        """There is nothing to check."""

    def follow(self, sources: IgnoreSources) -> None:
        """No rule matters to it."""

    def close(self) -> None:
        """Stop hinting."""
        self._timer.cancel()

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._interval, self._tick)
        self._on_hint(Touched(None))


def poll(target: Target, interval: float, on_hint: OnHint) -> Poll:  # noqa: ARG001 - as `watch`
    """Begin to hint `Touched(None)` every `interval` seconds, for whatever target."""
    return Poll(interval, on_hint)
