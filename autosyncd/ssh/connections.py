"""The connections of a daemon that its git commands share: one login for many of them."""

import asyncio
import logging
import os
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from autosyncd.core.backoff import Backoff
from autosyncd.ssh.master import ALIVE, IDLE, Master
from autosyncd.ssh.route import Route

log = logging.getLogger(__name__)

AVOIDED = Backoff(base=60.0, cap=3600.0)
"""For how long a host is reached without sharing after that has failed there."""

PATIENCE = 3.0
"""Seconds that a command waits for a connection; then it makes one of its own."""

NAME = 6
"""Digits in the name of a connection's folder."""

LONGEST_FOLDER = 107 - (1 + NAME) - (1 + 40 + 17)
"""Bytes: a socket's path has at most 107 (unix(7)). In it are the connection's folder, ssh's name
for the host (%C), and for a moment what ssh adds to that."""

_PREFIX = "ssh-"


@dataclass(slots=True)
class Loan:
    """One command's use of a connection; `options` are for its ssh, "" where nothing is shared."""

    options: str = ""
    failed: bool = False
    """To be set where the command could not talk to its host."""


class Connections:
    """A Service; as long as it does not run, nothing is shared, and every ssh logs in by itself.

    `parent` is the folder in which the sockets may be, None for no sharing.
    """

    name = "ssh connections"

    def __init__(
        self,
        parent: Path | None = None,
        *,
        idle: float = IDLE,
        alive: int = ALIVE,
        patience: float = PATIENCE,
    ) -> None:
        self._parent = parent
        self._idle = idle
        self._alive = alive
        self._patience = patience
        self._folder: Path | None = None
        self._group: asyncio.TaskGroup | None = None
        self._masters: dict[str, Master] = {}
        self._avoided: dict[str, tuple[Backoff, float]] = {}
        self._count = 0

    async def run(self) -> None:
        """Keep connections, until cancelled; then none is left."""
        self._folder = _made(self._parent) if self._parent else None
        try:
            async with asyncio.TaskGroup() as self._group:
                await asyncio.Event().wait()
        finally:
            self._group = None
            self._masters.clear()
            if self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    @asynccontextmanager
    async def borrow(self, route: Route | None) -> AsyncIterator[Loan]:
        """Go through the connection to a host as long as the block lasts; it is made if need be."""
        master = await self._master(route) if route else None
        if route is None or master is None:
            yield Loan()
            return
        loan = Loan(master.options)
        try:
            yield loan
        finally:
            master.leave()
            if loan.failed:
                master.retire()
                self._avoid(route.key)
            else:
                self._avoided.pop(route.key, None)

    def renew(self) -> None:
        """The network is another one, or time has passed unseen: no connection is what it was."""
        for master in self._masters.values():
            master.retire()
        self._masters.clear()
        self._avoided.clear()

    async def _master(self, route: Route) -> Master | None:
        """A connection that works, and is entered; None where there can be none."""
        master = self._masters.get(route.key)
        if master is None or master.retired:
            master = self._begin(route)
        if master is None:
            return None
        master.enter()
        fit = False
        try:
            fit = await self._in_time(master.up) and await master.answers() and not master.retired
            return master if fit else None
        finally:
            if not fit:
                master.leave()
                if master.up.done():
                    master.retire()

    async def _in_time(self, up: asyncio.Future[bool]) -> bool:
        """Whether a connection is there; one that takes long is for those who come later."""
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(up)
        except TimeoutError:
            return False

    def _begin(self, route: Route) -> Master | None:
        _, until = self._avoided.get(route.key, (AVOIDED, 0.0))
        if self._group is None or self._folder is None or until > _now():
            return None
        self._count += 1
        folder = self._folder / f"{self._count:x}"[-NAME:]
        master = Master(route, folder, idle=self._idle, alive=self._alive)
        self._masters[route.key] = master
        master.up.add_done_callback(lambda up: None if up.result() else self._avoid(route.key))
        self._group.create_task(master.run()).add_done_callback(lambda _: master.over())
        return master

    def _avoid(self, key: str) -> None:
        backoff = self._avoided.get(key, (AVOIDED, 0.0))[0].failed()
        self._avoided[key] = (backoff, _now() + backoff.delay(0.0))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _made(parent: Path) -> Path | None:
    """A folder of our own for sockets; those of daemons that are dead are removed."""
    folder = parent / f"{_PREFIX}{os.getpid()}"
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        log.debug("%s is too long for the sockets of shared ssh connections", folder)
        return None
    try:
        for old in parent.glob(f"{_PREFIX}*"):
            if old == folder or _left_behind(old):
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        log.debug("ssh connections are not shared: %s", error)
        return None
    return folder


def _left_behind(folder: Path) -> bool:
    number = folder.name.removeprefix(_PREFIX)
    mode = folder.lstat()
    ours = stat.S_ISDIR(mode.st_mode) and mode.st_uid == os.geteuid()
    return ours and number.isdigit() and not Path("/proc", number).exists()
