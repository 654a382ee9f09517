"""What systemd is told and gives: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3)."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, MutableMapping

log = logging.getLogger(__name__)

FIRST_DESCRIPTOR = 3


class ServiceManager:
    """The service manager that started us, or none: then everything here does nothing."""

    name = "service-manager"

    def __init__(self, environment: MutableMapping[str, str], alive: Callable[[], bool]) -> None:
        self._address = environment.pop("NOTIFY_SOCKET", None)
        self._interval = _watchdog_interval(environment)
        self._alive = alive

    async def run(self) -> None:
        """Say that we are alive, twice as often as asked; a Service."""
        if not self._address or not self._interval:
            return
        while True:
            if self._alive():
                self.tell("WATCHDOG=1")
            await asyncio.sleep(self._interval / 2)

    @property
    def listens(self) -> bool:
        """Whether there is a manager at all."""
        return self._address is not None

    def status(self, status: str) -> None:
        """What we are doing, in one line."""
        self.tell(f"STATUS={status}")

    def ready(self, status: str) -> None:
        """Everything has been started."""
        self.tell(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """The configuration is read again; `ready` ends it."""
        self.tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """We end."""
        self.tell("STOPPING=1")

    def tell(self, state: str) -> None:
        """Send one notification; a manager that does not listen is not our problem."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.connect(address)
                sender.sendall(state.encode())
        except OSError as error:
            log.warning("cannot notify the service manager at %s: %s", self._address, error)


def inherited_socket(environment: MutableMapping[str, str]) -> socket.socket | None:
    """The listening socket that the service manager opened for us, or None."""
    owner, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if owner != str(os.getpid()) or not count.isdigit() or int(count) < 1:
        return None
    listener = socket.socket(fileno=FIRST_DESCRIPTOR)
    listener.set_inheritable(False)
    return listener


def _watchdog_interval(environment: MutableMapping[str, str]) -> float | None:
    """Seconds within which a sign of life is expected, or None."""
    microseconds = environment.pop("WATCHDOG_USEC", "")
    owner = environment.pop("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdigit() or owner != str(os.getpid()):
        return None
    return int(microseconds) / 1_000_000
