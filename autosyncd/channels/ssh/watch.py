"""One host: the watcher there is kept running, and what it says is passed on."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autosyncd.channels.base import Heard, Link, Served
from autosyncd.channels.ssh.program import argv
from autosyncd.channels.ssh.refs import Listener, Moved, news
from autosyncd.channels.ssh.script import GREETING, command, told
from autosyncd.channels.ssh.speech import LostError, Speech
from autosyncd.core.backoff import Backoff
from autosyncd.errors import ToolError
from autosyncd.process import living

log = logging.getLogger(__name__)

LOGIN = 40.0
"""Seconds to the watcher's first word."""

SILENCE = 45.0
"""Seconds: the watcher says something every 20."""

RETRIES = Backoff(base=2.0, cap=300.0)
CALM = 60.0

SSH_FAILED = (255, 126, 127)
"""ssh's own exit code, any other is that of the command (ssh(1), EXIT STATUS); and the shell's
here where there is no ssh."""


@dataclass(frozen=True, slots=True)
class Host:
    """How a host is reached: with which ssh (text for a shell), in which environment, as whom."""

    program: str
    environment: tuple[tuple[str, str], ...]
    login: str
    port: str | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A repository on a host."""

    served: Served
    path: str


class NoShellError(Exception):
    """The host lets nobody run programs; `str()` is what it said."""


class HostWatch:
    """Watches the repositories on one host, until cancelled."""

    def __init__(
        self,
        host: Host,
        link: Link,
        is_own: Callable[[str, str], bool],
        changed: Callable[[], None],
    ) -> None:
        self.host = host
        self.connected = False
        self.failed = False
        """Whether the last try came to nothing."""
        self.absent = False
        """Whether the host has no shell, and is left alone."""
        self.detail = "not connected yet"
        self._link = link
        self._is_own = is_own
        self._changed = changed
        self._seen: dict[str, Mapping[str, str]] = {}
        self._network = asyncio.Event()

    def network_up(self) -> None:
        """If not connected, try now."""
        self._network.set()

    async def run(self, watched: tuple[Watched, ...]) -> None:
        """Keep the watcher running; returns only where the host has no shell."""
        retries, loop = RETRIES, asyncio.get_running_loop()
        self.failed = False
        while not self.absent:
            self._network.clear()
            began = loop.time()
            try:
                await self._session(watched)
            except NoShellError as error:
                self._leave_alone(str(error))
                return
            except LostError as error:
                self._say(str(error), connected=False)
            finally:
                self.connected = False
            calm = loop.time() - began > CALM
            retries = (RETRIES if calm else retries).failed()
            try:
                async with asyncio.timeout(retries.delay(random.random())):  # noqa: S311 - no secret
                    await self._network.wait()
            except TimeoutError:
                pass

    def _leave_alone(self, said: str) -> None:
        self.absent = True
        log.info("%s has no shell, its repositories are not watched over ssh", self.host.login)
        log.debug("%s said: %s", self.host.login, said)
        self._say("has no shell, nothing is watched there", connected=True)

    def _say(self, detail: str, *, connected: bool) -> None:
        self.connected, self.failed, self.detail = connected, not connected, detail
        self._changed()

    # --- a session

    async def _session(self, watched: tuple[Watched, ...]) -> None:
        """Run the watcher once; ends with LostError or NoShellError."""
        host = self.host
        arguments = argv(host.program, host.login, host.port, command())
        try:
            async with living(arguments, cwd="/", env=dict(host.environment)) as process:
                speech = Speech(process)
                try:
                    greeted = await self._listen(speech, watched)
                    code, said = await speech.end()
                finally:
                    speech.close()
        except ToolError as error:
            raise LostError(error.message) from error
        if greeted or code < 0 or code in SSH_FAILED:
            raise LostError(said or "the connection has ended")
        raise NoShellError(said)

    async def _listen(self, speech: Speech, watched: tuple[Watched, ...]) -> bool:
        """Act on what the watcher says; returns at its end whether it has ever begun."""
        await speech.send(told([one.path for one in watched]))
        line, missing = await speech.line(LOGIN), 0
        while line is not None and not line.startswith(GREETING):
            missing += line.startswith("missing ")
            line = await speech.line(LOGIN)
        if line is None:
            return False
        found = f"watching {len(watched) - missing}"
        detail = f"{found}, {missing} not found" if missing else found
        listener = Listener()
        while (line := await speech.line(SILENCE)) is not None:
            if line == "ready":
                self._say(detail, connected=True)
                self._link.refresh()
            elif moved := listener.take(line):
                self._moved(moved, watched)
        return True

    def _moved(self, moved: Moved, watched: tuple[Watched, ...]) -> None:
        if not 0 < moved.number <= len(watched):
            return
        served = watched[moved.number - 1].served
        before = self._seen.get(served.repository)
        self._seen[served.repository] = moved.refs
        if before is None or before == moved.refs:
            return
        commit = news(before, moved.refs, served.branch)
        if commit and self._is_own(served.repository, commit):
            return
        self._link.heard(
            Heard(
                channel="ssh",
                sender=self.host.login,
                repository=served.repository,
                url=served.url,
                roots=served.roots,
                commit=commit,
            )
        )
