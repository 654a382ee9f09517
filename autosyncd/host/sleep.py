"""Notices that the machine slept: only the boot-time clock goes on then (clock_gettime(2))."""

import asyncio
import time
from collections.abc import Callable

INTERVAL = 1.0
"""Seconds between two looks at the clocks; a timer goes on where it was when sleep ends."""

JUMP = 2.0
"""Seconds of sleep that matter: connections have not noticed shorter ones."""


class Sleep:
    """Calls `woke` after each sleep; a Service."""

    name = "sleep"

    def __init__(
        self, woke: Callable[[float], None], slept: Callable[[], float] | None = None
    ) -> None:
        self._woke = woke
        self._slept = slept or seconds_slept

    async def run(self) -> None:
        """Compare the clocks as long as the daemon runs."""
        before = self._slept()
        while True:
            await asyncio.sleep(INTERVAL)
            now = self._slept()
            if now - before >= JUMP:
                self._woke(now - before)
            before = now


def seconds_slept() -> float:
    """How long the machine has slept since it was started, plus a constant."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
