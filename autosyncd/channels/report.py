"""What a channel says of itself: its condition now, and each change of it once."""

import logging
import time

from autosyncd.api.events import DaemonEvent, Problem, Solved
from autosyncd.channels.base import Condition, Link

log = logging.getLogger(__name__)


class Report:
    """A channel's condition; changes are published, repetitions are not."""

    def __init__(self, name: str, link: Link) -> None:
        self._name = name
        self._operation = f"connect to {name}"
        self._publish = link.publish
        self._problem: str | None = None
        self._connected = False
        self._lost_said = False
        self.condition = Condition(connected=False, detail="not connected yet")

    def connected(self, detail: str) -> None:
        """The channel works; `detail` says as what it is connected."""
        self.condition = Condition(connected=True, detail=detail)
        self._solved()
        if not self._connected:
            self._connected, self._lost_said = True, False
            self._say(f"connected as {detail}")

    def lost(self, why: str) -> None:
        """Not connected for now; it is tried again without anybody's help."""
        self.condition = Condition(connected=False, detail=why)
        self._connected = False
        if not self._lost_said:
            self._lost_said = True
            self._say(f"not connected: {why}")
        else:
            log.debug("channel %s is not connected: %s", self._name, why)

    def ended(self) -> None:
        """The channel was asked to end."""
        self.condition = Condition(connected=False, detail="not running")
        self._connected = False

    def failed(self, why: str, hint: str) -> None:
        """Not connected, and only the user can change that."""
        self.condition = Condition(connected=False, detail=why, hint=hint, needs_user=True)
        self._connected, self._lost_said = False, False
        if self._problem != why:
            self._problem = why
            self._publish(
                Problem(time=time.time(), operation=self._operation, message=why, hint=hint)
            )

    def _solved(self) -> None:
        if self._problem is not None:
            problem, self._problem = self._problem, None
            self._publish(Solved(time=time.time(), operation=self._operation, message=problem))

    def _say(self, detail: str) -> None:
        self._publish(DaemonEvent(time=time.time(), what=f"channel {self._name}", detail=detail))
