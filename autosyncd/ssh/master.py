"""One connection to a host, through which other ssh commands go (ssh_config(5), ControlMaster).

It is a child of ours, and not one that ssh detaches by itself (ControlPersist): so it ends with
us, however we end, and keeps no pipe open of the command that happened to need it first.
"""

import asyncio
import logging
import shutil
from pathlib import Path

from autosyncd.errors import ToolError
from autosyncd.process import living
from autosyncd.ssh.route import Route, may_share

log = logging.getLogger(__name__)

IDLE = 60.0
"""Seconds without any use after which it ends."""

ALIVE = 5
"""Seconds of silence after which the host is asked whether it is there, three times."""

LOGIN = 20.0
"""Seconds to log in."""

ANSWER = 1.0
"""Seconds in which it greets who comes to its socket; it does that without asking the host."""

_SAYS = b"up"
_OPTIONS = (
    "BatchMode=yes",
    "ConnectTimeout=15",
    "ServerAliveCountMax=3",
    "ControlPersist=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=yes",
    f"LocalCommand=echo {_SAYS.decode()}",
)
"""No prompt, nothing but the connection; ssh says when it is logged in."""

_WITH_US = (
    "exec 3<&0; { read -r _ <&3; kill -s TERM 0; } >/dev/null 2>&1 & "
    '%s "$@" </dev/null 3<&- 2>/dev/null'
)
"""A shell's text: what it starts ends when its input does, at the latest when we are dead."""


class Master:
    """One connection; `folder` is to be its own, and is removed after it.

    `users` are the commands that go through it just now.
    """

    def __init__(
        self, route: Route, folder: Path, *, idle: float = IDLE, alive: int = ALIVE
    ) -> None:
        self.folder = folder
        self.users = 0
        self.retired = False
        """Whether nobody may use it any more."""
        self.up: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """Whether it came about."""
        self._route = route
        self._idle = idle
        self._alive = alive
        self._turn = asyncio.Event()

    @property
    def options(self) -> str:
        """By which another ssh goes through it, and directly where it is gone, or where that ssh
        is to reach another host: the name of the socket holds the address (%C)."""
        return f"-oControlMaster=no -oControlPath={self._path}"

    @property
    def _path(self) -> str:
        return f"{self.folder}/%C"

    def enter(self) -> None:
        """One more uses it."""
        self.users += 1
        self._turn.set()

    def leave(self) -> None:
        """One less does."""
        self.users -= 1
        self._turn.set()

    def retire(self) -> None:
        """Nobody else may use it; it ends when those have ended who do."""
        self.retired = True
        self._turn.set()

    async def run(self) -> None:
        """Log in, and stay until nobody has used it for a while; never raises."""
        try:
            if await may_share(self._route):
                self.folder.mkdir(mode=0o700)
                await self._live()
        except (ToolError, OSError) as error:
            log.debug("cannot share a connection to %s: %s", self._route.place.destination, error)
        finally:
            self.over()
            shutil.rmtree(self.folder, ignore_errors=True)

    def over(self) -> None:
        """It has ended, or has never begun."""
        self.retired = True
        if not self.up.done():
            self.up.set_result(False)

    async def _live(self) -> None:
        own = (f"-oControlPath={self._path}", f"-oServerAliveInterval={self._alive}")
        options = ("-M", "-N", "-T", *own)
        settings = tuple(f"-o{option}" for option in _OPTIONS)
        script = _WITH_US % self._route.command
        argv = ("sh", "-c", script, "ssh", *options, *settings, *self._route.place.arguments)
        async with living(argv, cwd="/", env=self._route.environment) as process:
            if await _says(process.stdout):
                self.up.set_result(True)
                await self._until_over(process)

    async def _until_over(self, process: asyncio.subprocess.Process) -> None:
        ended = asyncio.create_task(process.wait())
        ended.add_done_callback(lambda _: self._turn.set())
        try:
            while not ended.done() and (self.users or not self.retired):
                self._turn.clear()
                async with asyncio.timeout(None if self.users else self._idle):
                    await self._turn.wait()
        except TimeoutError:
            pass
        finally:
            self.retired = True
            ended.cancel()

    async def answers(self) -> bool:
        """Whether the ssh that has the connection is there and at work."""
        try:
            (socket,) = self.folder.iterdir()
            async with asyncio.timeout(ANSWER):
                reader, writer = await asyncio.open_unix_connection(socket)
                try:
                    return bool(await reader.read(1))
                finally:
                    writer.close()
        except (OSError, ValueError, TimeoutError):
            return False


async def _says(stdout: asyncio.StreamReader | None) -> bool:
    if stdout is None:
        return False
    try:
        async with asyncio.timeout(LOGIN):
            while line := await stdout.readline():
                if line.strip() == _SAYS:
                    return True
    except (TimeoutError, ValueError):
        pass
    return False
