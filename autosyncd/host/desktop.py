"""Keeps `autosyncctl agent` running, where the daemon has the session of a desktop around it.

The bubbles are not drawn here: a notification server that hangs must never hang the daemon.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from autosyncd.core.backoff import Backoff
from autosyncd.errors import AutosyncError
from autosyncd.process import run

log = logging.getLogger(__name__)

PAUSE = Backoff(base=2.0, cap=300.0)
"""Between two starts of an agent that ends."""

CALM = 60.0
"""Seconds after which an agent's earlier ends are forgotten."""


class DesktopAgent:
    """A Service; `wanted` tells whether the configuration wants any bubbles."""

    name = "desktop-agent"

    def __init__(
        self, socket: Path, environment: Mapping[str, str], wanted: Callable[[], bool]
    ) -> None:
        self._socket = socket
        self._environment = environment
        self._wanted = wanted

    async def run(self) -> None:
        """Start the agent whenever it has ended, until cancelled; nothing without a desktop."""
        if not (has_desktop(self._environment) and has_libraries()):
            return
        loop, pause = asyncio.get_running_loop(), PAUSE
        while True:
            started = loop.time()
            if self._wanted():
                await self._once()
            pause = PAUSE if loop.time() - started > CALM else pause.failed()
            await asyncio.sleep(pause.delay(jitter=0))

    async def _once(self) -> None:
        command = [sys.executable, "-m", "autosyncctl", "--socket", str(self._socket), "agent"]
        try:
            ended = await run(command, cwd="/", env=self._environment, timeout=None)
        except AutosyncError as error:
            log.warning("%s", error)
            return
        if ended.returncode:
            log.debug("the desktop agent ended with %d: %s", ended.returncode, ended.complaint)


def has_desktop(environment: Mapping[str, str]) -> bool:
    """Whether there is a screen, and a session bus for its programs (dbus-daemon(1))."""
    runtime = environment.get("XDG_RUNTIME_DIR")
    bus = "DBUS_SESSION_BUS_ADDRESS" in environment or bool(
        runtime and Path(runtime, "bus").exists()
    )
    return bus and bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def has_libraries() -> bool:
    """Whether the extra `desktop` is installed."""
    return find_spec("dbus") is not None and find_spec("notify2") is not None
