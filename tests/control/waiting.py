"""Waiting for a condition, with a limit."""

import asyncio
from collections.abc import Callable

PATIENCE = 10.0


async def until(reached: Callable[[], bool]) -> None:
    """Return once it is reached; fails after some seconds."""
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.005)
