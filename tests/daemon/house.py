"""A daemon inside the test, over real repositories, with parts that a test may replace."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.api.events import Event
from autosyncd.bus import Bus
from autosyncd.channels.available import build
from autosyncd.config.model import ChannelSettings, Config, RepositorySettings
from autosyncd.daemon.channel_set import Build
from autosyncd.daemon.daemon import Daemon
from autosyncd.daemon.machinery import Machinery
from autosyncd.host.systemd import ServiceManager
from autosyncd.journal import Journal
from autosyncd.process import Slots
from autosyncd.supervisor import Supervisor
from autosyncd.vcs.base import Backend
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.watch.inotify import Inotify
from autosyncd.worker.surroundings import Claims, Surroundings
from tests.waiting import until


def git(folder: Path, *arguments: str) -> str:
    """What a git command that must succeed prints."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def quick(path: Path, **changes: object) -> RepositorySettings:
    """Settings with short times."""
    settings: dict[str, object] = {
        "path": path,
        "name": path.name,
        "settle": 0.05,
        "max_settle": 1.0,
        "push_delay": 0.05,
        "pull_interval": 0.0,
    }
    return RepositorySettings(**{**settings, **changes})  # type: ignore[arg-type]  # a test's own


@dataclass
class House:
    """A running daemon, what it said, and the configuration that a reload will read."""

    daemon: Daemon
    supervisor: Supervisor
    events: list[Event] = field(default_factory=list)
    config: Config = field(default_factory=Config)

    def state(self, name: str) -> str:
        """The public state of a repository."""
        return self.daemon.status([name]).repositories[0].state

    async def until(self, condition: Callable[[], bool], limit: float = 60) -> None:
        """Wait for a condition."""
        await until(condition, limit)

    async def until_state(self, name: str, *states: str) -> None:
        """Wait for a repository to be in one of these states."""
        await self.until(lambda: self.state(name) in states)

    async def until_number(self, kind: type, number: int) -> None:
        """Wait for so many events of a kind."""
        await self.until(lambda: len(self.of_kind(kind)) == number)

    def of_kind(self, kind: type) -> list[Event]:
        """All events of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def house(
    folder: Path,
    repositories: Sequence[RepositorySettings],
    backends: tuple[Backend, ...] | None = None,
    *,
    lost_power_at: float | None = None,
    machine: str = "0123456789abcdef",
    channels: ChannelSettings | None = None,
    build_channel: Build = build,
) -> AsyncIterator[House]:
    """A daemon that serves no socket."""
    bus = Bus()
    config = Config(repositories=tuple(repositories), channels=channels or ChannelSettings())
    supervisor = Supervisor(lambda *crash: daemon.crashed(*crash))
    with closing(Inotify()) as inotify, bus.subscribe(100_000) as published:
        journal = Journal(folder / "state" / "journal.sqlite3", published)
        surroundings = Surroundings(
            backends=backends or (GitBackend(),),
            watcher=inotify,
            publish=lambda _event: None,
            slots=Slots(4),
            claims=Claims(),
            machine=machine,
            host="testhost",
            user="tester",
            environment=dict(os.environ),
            lost_power_at=lost_power_at,
        )
        machinery = Machinery(
            bus=bus,
            journal=journal,
            supervisor=supervisor,
            manager=ServiceManager({}, alive=lambda: True),
            read_config=lambda: built.config,
            build_channel=build_channel,
        )
        daemon = Daemon(config, machinery, surroundings)
        built = House(daemon, supervisor, config=config)
        with bus.subscribe(100_000) as heard:
            listening = asyncio.create_task(_listen(heard.arrivals, heard.drain, built.events))
            daemon.start()
            try:
                yield built
            finally:
                await daemon.close()
                listening.cancel()
                await journal.close()


async def _listen(
    arrivals: Callable[[], AsyncIterator[None]],
    drain: Callable[[], tuple[Event, ...]],
    events: list[Event],
) -> None:
    async for _ in arrivals():
        events.extend(drain())
