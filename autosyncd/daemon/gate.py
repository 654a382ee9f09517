"""Lets calls through at a limited rate: a flood costs no more than a few, and none is forgotten."""

import asyncio
from collections.abc import Callable

from autosyncd.core.allowance import Allowance

Act = Callable[[], None]


class Gate:
    """Acts at once as long as the allowance lasts; of what came too fast, the last acts later."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._last: Act | None = None
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, act: Act) -> None:
        """Do it now, or as soon as that is allowed."""
        if self._timer:
            self._last = act
            return
        loop = asyncio.get_running_loop()
        if wait := self._allowance.wait(loop.time()):
            self._last = act
            self._timer = loop.call_later(wait, self._due)
            return
        self._allowance = self._allowance.spent(loop.time())
        act()

    def close(self) -> None:
        """Forget what waits."""
        if self._timer:
            self._timer.cancel()
        self._timer = self._last = None

    def _due(self) -> None:
        act, self._timer, self._last = self._last, None, None
        if act:
            self._allowance = self._allowance.spent(asyncio.get_running_loop().time())
            act()
