"""Keeps Services running: a crash restarts that one alone, with backoff, and then gives up."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

log = logging.getLogger(__name__)

CALM = 60.0
"""Seconds without a crash after which earlier ones are forgotten."""

CRASH_LIMIT = 5
"""Crashes without a calm minute between them after which a service is given up."""

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0

OnCrash = Callable[[str, Exception, float | None], None]
"""Told the service's name, what it died of, and in how many seconds it restarts (None: never)."""


class Service(Protocol):
    """Anything long-lived. `run` returns when it has been asked, by its own means, to end."""

    @property
    def name(self) -> str:
        """What logs call it."""

    async def run(self) -> None:
        """Do the work from a clean start; may be called again after it raised."""


@dataclass(slots=True)
class _Kept:
    service: Service
    task: asyncio.Task[None] | None = None
    crashes: int = 0
    down: bool = False
    revive: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs services side by side; none of them can hurt another."""

    def __init__(self, on_crash: OnCrash) -> None:
        self._on_crash = on_crash
        self._kept: dict[str, _Kept] = {}

    def start(self, service: Service) -> None:
        """Run a service from now on."""
        kept = _Kept(service)
        self._kept[service.name] = kept
        kept.task = asyncio.get_running_loop().create_task(self._keep(kept), name=service.name)

    def revive(self, name: str) -> None:
        """Restart a service now that waits after a crash or was given up."""
        if kept := self._kept.get(name):
            kept.crashes = 0
            kept.revive.set()

    @property
    def names(self) -> tuple[str, ...]:
        """The services that are kept."""
        return tuple(self._kept)

    def keeps(self, name: str) -> bool:
        """Whether a service runs or will run again; one that is being ended counts as kept."""
        kept = self._kept.get(name)
        return kept is None or kept.task is None or not kept.task.done()

    async def cancel(self, name: str) -> None:
        """End a service that needs no notice."""
        kept = self._kept.pop(name, None)
        if kept and kept.task:
            kept.task.cancel()
            await asyncio.wait({kept.task})

    async def end(self, name: str, ask: Callable[[], None], limit: float) -> bool:
        """Ask a service to end and wait; after `limit` seconds it is cancelled.

        Returns whether it ended by itself.
        """
        kept = self._kept.pop(name, None)
        if kept is None or kept.task is None:
            return True
        ask()
        if kept.down:
            kept.task.cancel()
        done, _ = await asyncio.wait({kept.task}, timeout=limit)
        if done:
            return True
        log.warning("%s did not stop within %g s and is ended", name, limit)
        kept.task.cancel()
        await asyncio.wait({kept.task})
        return False

    async def _keep(self, kept: _Kept) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await kept.service.run()
            except Exception as error:
                if loop.time() - started > CALM:
                    kept.crashes = 0
                await self._crashed(kept, error)
            else:
                return

    async def _crashed(self, kept: _Kept, error: Exception) -> None:
        kept.crashes += 1
        name = kept.service.name
        if kept.crashes > CRASH_LIMIT:
            log.error("%s crashed %d times and is given up", name, kept.crashes, exc_info=error)
            self._on_crash(name, error, None)
            await self._revived(kept, None)
            return
        delay = min(FIRST_DELAY * 2 ** (kept.crashes - 1), LONGEST_DELAY)
        delay *= 1 - random.random() / 4  # noqa: S311 - spreads restarts, guards nothing
        log.error("%s crashed, restarts in %.1f s", name, delay, exc_info=error)
        self._on_crash(name, error, delay)
        await self._revived(kept, delay)

    async def _revived(self, kept: _Kept, delay: float | None) -> None:
        kept.revive.clear()
        kept.down = True
        try:
            async with asyncio.timeout(delay):
                await kept.revive.wait()
        except TimeoutError:
            pass
        kept.down = False
