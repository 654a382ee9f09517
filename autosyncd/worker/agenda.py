"""What happens next in one repository by itself, and when."""

import time

from autosyncd.api.types import Next
from autosyncd.config.model import RepositorySettings
from autosyncd.core.lifecycle import Phase
from autosyncd.core.plan import Relation
from autosyncd.core.schedule import Due
from autosyncd.worker.memory import Memory, WallClock, loop_clock
from autosyncd.worker.report import Report


class Agenda:
    """Reads what the worker remembers and reports; changes nothing."""

    def __init__(self, settings: RepositorySettings, memory: Memory, report: Report) -> None:
        self._settings = settings
        self._memory = memory
        self._report = report
        self._wall = WallClock()

    @property
    def gives(self) -> bool:
        """Whether there is something to push."""
        standing = self._report.standing
        gives = (Relation.AHEAD, Relation.DIVERGED, Relation.UNPUBLISHED)
        return standing is not None and self._settings.pushes and standing.relation in gives

    @property
    def pause_end(self) -> float | None:
        """When the pause ends, in seconds on the loop's clock; None if it does not by itself."""
        until = self._report.paused_until
        return None if until is None else loop_clock() + max(0.0, until - time.time())

    @property
    def deadline(self) -> float | None:
        """Until when to rest, in seconds on the loop's clock; None: until there is a message."""
        if self._memory.paused:
            return self.pause_end
        upcoming = self._upcoming()
        at = upcoming[1] if upcoming else self._memory.later.at
        tidy_at = None if self._memory.local.present else self._memory.tidy_at
        times = (at, tidy_at, self._memory.later.at)
        return min(time for time in times if time is not None)

    @property
    def next(self) -> Next | None:
        """What `status` shows as next."""
        upcoming = None if self._memory.paused else self._upcoming()
        if upcoming is None:
            return None
        action, at = upcoming
        return Next(action=action, at=self._wall.at(max(at, loop_clock())))

    def _upcoming(self) -> Due | None:
        """What happens next by itself, and when on the loop's clock."""
        if self._report.phase in (Phase.FAILED, Phase.STOPPED):
            return None
        if trouble := self._memory.local.present:
            return trouble.operation, trouble.retry_at
        look_at = self._memory.schedule.look_at
        looks = (look_at, self._memory.later.young_at)
        local = tuple(("commit", at) for at in looks if at is not None)
        return min(local + self._remote_upcoming(), key=lambda due: due[1], default=None)

    def _remote_upcoming(self) -> tuple[Due, ...]:
        standing = self._report.standing
        if standing is None or standing.relation is Relation.NO_REMOTE:
            return ()
        if not (self._settings.pulls or self._settings.pushes):
            return ()
        if trouble := self._memory.remote.present:
            return ((trouble.operation, trouble.retry_at),)
        return self._memory.schedule.remote_dues(gives=self.gives)
