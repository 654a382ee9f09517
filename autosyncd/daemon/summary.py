"""What the service manager shows of the daemon: how many workers are in which state."""

import asyncio
from collections.abc import Callable

from autosyncd.host.systemd import ServiceManager

SELDOM = 1.0
"""Seconds between two lines at least."""


class Summary:
    """Tells the service manager in one line what all are doing."""

    def __init__(self, manager: ServiceManager, in_one_line: Callable[[], str]) -> None:
        self._manager = manager
        self._in_one_line = in_one_line
        self._due: asyncio.TimerHandle | None = None

    def ready(self) -> None:
        """Everything has been started."""
        self._manager.ready(self._in_one_line())

    def changed(self) -> None:
        """Something is in another state; told soon, and never while nothing changes."""
        if self._manager.listens and not self._due:
            self._due = asyncio.get_running_loop().call_later(SELDOM, self._tell)

    def _tell(self) -> None:
        self._due = None
        self._manager.status(self._in_one_line())
