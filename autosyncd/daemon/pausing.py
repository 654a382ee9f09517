"""Pause and resume repositories: remembered first, then told to their workers."""

import time
from collections.abc import Callable, Sequence

from autosyncd.api.types import Names
from autosyncd.bus import Bus
from autosyncd.journal import Journal, Pause
from autosyncd.worker.inbox import PauseAsked, ResumeAsked
from autosyncd.worker.worker import Worker

PATIENCE = 5.0
"""Seconds that a pause or a resume waits to have taken effect before it is answered."""


async def pause(
    workers: Sequence[Worker], seconds: float | None, journal: Journal, bus: Bus
) -> Names:
    """Run no command for these repositories, for so many seconds or until resumed."""
    end = None if seconds is None else time.time() + seconds
    for worker in workers:
        await journal.set_pause(worker.settings.path, Pause(end))
        worker.post(PauseAsked(end))
    await bus.until(_all(workers, lambda state: state in ("paused", "failed")), PATIENCE)
    return _names(workers)


async def resume(workers: Sequence[Worker], journal: Journal, bus: Bus) -> Names:
    """Go on with these repositories."""
    for worker in workers:
        await journal.set_pause(worker.settings.path, None)
        worker.post(ResumeAsked())
    await bus.until(_all(workers, lambda state: state != "paused"), PATIENCE)
    return _names(workers)


def _all(workers: Sequence[Worker], fits: Callable[[str], bool]) -> Callable[[], bool]:
    return lambda: all(fits(worker.status().state) for worker in workers)


def _names(workers: Sequence[Worker]) -> Names:
    return Names(repositories=tuple(worker.name for worker in workers))
