"""Waiting for a condition: with a limit, and at a pace that leaves the machine to others."""

import asyncio
import time
from collections.abc import Callable, Iterator

LIMIT = 60.0
"""Seconds for what takes a moment, on a machine that has much to do."""

SHARE = 3.0
"""Before the next look there is a pause of so many times what a look takes, at least."""


async def until(condition: Callable[[], object], limit: float = LIMIT, pause: float = 0.01) -> None:
    """Wait for a condition beside other tasks; TimeoutError if it never comes."""
    async with asyncio.timeout(limit):
        for rest in _pauses(condition, pause):
            await asyncio.sleep(rest)


def wait_until(
    condition: Callable[[], object], what: str, limit: float = LIMIT, pause: float = 0.02
) -> None:
    """Wait for a condition; fails with `what` after `limit` seconds."""
    deadline = time.monotonic() + limit
    for rest in _pauses(condition, pause):
        assert time.monotonic() < deadline, f"not within {limit:g} s: {what}"
        time.sleep(rest)


def _pauses(condition: Callable[[], object], least: float) -> Iterator[float]:
    """A pause after every look that finds it not so yet: what is dear is looked at less often."""
    began = time.monotonic()
    while not condition():
        yield max(least, SHARE * (time.monotonic() - began))
        began = time.monotonic()
