"""Local changes go on being committed while a remote is waited for, however long it takes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from autosyncd.errors import RetryError
from autosyncd.worker.memory import Memory, loop_clock

Hear = Callable[[float | None], Coroutine[Any, Any, None]]
"""Waits for messages, at most until a time on the loop's clock (None: for ever), and acts on
them."""

T = TypeVar("T")


class Meanwhile:
    """Waits for one command over the network at a time."""

    def __init__(self, memory: Memory, hear: Hear, commit: Callable[[], Awaitable[None]]) -> None:
        self._memory = memory
        self._hear = hear
        self._commit = commit
        self._quiet_until = 0.0

    async def wait_for(
        self, work: Coroutine[Any, Any, T], *, needed: bool = True, undisturbed: float = 0.0
    ) -> T:
        """What the command returns, or raises; changes that come to rest before are committed,
        but not in the first `undisturbed` seconds.

        One that is not `needed` is ended by a pause, a stop, or what makes it begin anew; raises
        RetryError then.
        """
        self._quiet_until = loop_clock() + undisturbed
        self._memory.interrupted = False
        command = asyncio.ensure_future(work)
        try:
            while not command.done():
                await self._listen(command)
                unwanted = self._memory.resting or self._memory.interrupted
                if unwanted and not needed and not command.done():
                    raise RetryError("it was interrupted")
                if not command.done() and self._commit_due():
                    await self._commit()
        finally:
            await _end(command)
        return command.result()

    async def _listen(self, command: asyncio.Future[T]) -> None:
        hearing = asyncio.ensure_future(self._hear(self._next_commit()))
        both: set[asyncio.Future[Any]] = {command, hearing}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(hearing)
        if not hearing.cancelled():
            hearing.result()

    def _commit_due(self) -> bool:
        now = loop_clock()
        free = not self._memory.resting and not self._memory.local.shut(now)
        return free and now >= self._quiet_until and self._memory.schedule.settled(now)

    def _next_commit(self) -> float | None:
        memory = self._memory
        if memory.resting:
            return None
        if memory.local.present and memory.local.shut(loop_clock()):
            return max(memory.local.present.retry_at, self._quiet_until)
        look_at = memory.schedule.look_at
        return None if look_at is None else max(look_at, self._quiet_until)


async def _end(task: "asyncio.Future[Any]") -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
