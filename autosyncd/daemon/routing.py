"""Between repositories and channels: pushes go out to all channels, what they hear comes in."""

import time
from collections.abc import Mapping

from autosyncd.api import types as api
from autosyncd.api.events import Announced, Event, Integrated, Pushed, StateChanged
from autosyncd.bus import Bus
from autosyncd.channels.base import Announcement, Channel, Heard, Link, Served
from autosyncd.config.model import Config
from autosyncd.core.allowance import Allowance
from autosyncd.core.urls import told_url
from autosyncd.daemon.channel_set import Build, ChannelSet
from autosyncd.daemon.crew import Crew
from autosyncd.daemon.directory import Directory
from autosyncd.daemon.gate import Gate
from autosyncd.daemon.hearing import Hearing
from autosyncd.supervisor import Supervisor
from autosyncd.worker.surroundings import Surroundings
from autosyncd.worker.worker import Worker

SEARCH = Allowance(burst=1, interval=10.0)
"""How often all repositories are asked anew where they are, for announcements that fit none."""


class Routing:
    """Holds the channels, and knows which repository uses which."""

    def __init__(
        self, crew: Crew, around: Surroundings, bus: Bus, supervisor: Supervisor, build: Build
    ) -> None:
        self._crew = crew
        self._around = around
        self._bus = bus
        self._channels = ChannelSet(supervisor, build, self._link)
        self._directory = Directory()
        self._hearing = Hearing(crew, self._directory, around.machine)
        self._search = Gate(SEARCH)

    # --- life

    def start(self, config: Config) -> None:
        """Start the configured channels."""
        self._channels.start(config.channels)

    async def apply(self, config: Config) -> None:
        """Go over to another configuration; the workers have gone over to it already."""
        await self._channels.apply(config.channels)
        names = frozenset(worker.name for worker in self._crew)
        for served in self._directory.all():
            if served.repository not in names:
                self._directory.put(served.repository, None)
        self._hearing.keep(names)
        self._tell_channels()

    async def close(self) -> None:
        """End all channels."""
        self._search.close()
        self._hearing.close()
        await self._channels.close()

    def crashed(self, service: str, error: Exception, retry_in: float | None) -> None:
        """The supervisor tells that a service raised."""
        self._channels.crashed(service, error, retry_in)

    # --- outwards

    def noticed(self, event: Event) -> None:
        """Something happened in a repository."""
        match event:
            case Pushed(repository=str(name), commit=commit):
                self._locate(name)
                self._hearing.here(name, commit)
                self._announce(name, commit)
            case Integrated(repository=str(name), commit=commit):
                self._hearing.here(name, commit)
            case StateChanged(repository=str(name)):
                self._locate(name)

    def network_up(self) -> None:
        """The network has come up, or the machine has woken."""
        for channel in self._channels:
            channel.network_up()

    def status(self) -> tuple[api.Channel, ...]:
        """The channels as `status` shows them."""
        return self._channels.status()

    def findings(self) -> tuple[api.Finding, ...]:
        """The channels as `doctor` shows them."""
        return self._channels.findings()

    def _announce(self, name: str, commit: str) -> None:
        worker, served = self._crew.get(name), self._directory.get(name)
        if worker is None or served is None:
            return
        announcement = Announcement(
            repository=name,
            url=told_url(served.url, str(served.root)),
            commit=commit,
            sender=self._around.machine,
            roots=served.roots,
            peer_url=worker.settings.peer_url,
        )
        for channel in self._channels:
            if worker.settings.uses(channel.name):
                channel.announce(announcement)

    # --- inwards

    def _link(self, channel: str) -> Link:
        return Link(
            machine=self._around.machine,
            host=self._around.host,
            environment=self._around.environment,
            heard=self._heard,
            announced=lambda announcement: self._announced(channel, announcement),
            refresh=lambda: self._hearing.refresh(channel),
            publish=self._around.publish,
            events=self._bus.subscribe,
            recall=self._around.recall,
            remember=self._around.remember,
        )

    def _announced(self, channel: str, announcement: Announcement) -> None:
        self._around.publish(
            Announced(
                time=time.time(),
                repository=announcement.repository,
                channel=channel,
                commit=announcement.commit,
            )
        )

    def _heard(self, heard: Heard) -> None:
        """A remote may have got another URL since the repositories were asked for it."""
        if not self._hearing.heard(heard):
            self._search.offer(lambda: self._search_for(heard))

    def _search_for(self, heard: Heard) -> None:
        for worker in self._crew:
            self._locate(worker.name)
        self._hearing.heard(heard)

    # --- who uses what

    def _locate(self, name: str) -> None:
        worker = self._crew.get(name)
        if self._directory.put(name, _served(worker) if worker else None):
            self._tell_channels()

    def _tell_channels(self) -> None:
        for channel in self._channels:
            channel.follow(self._users(channel))

    def _users(self, channel: Channel) -> tuple[Served, ...]:
        named = ((self._crew.get(one.repository), one) for one in self._directory.all())
        return tuple(one for worker, one in named if worker and worker.settings.uses(channel.name))


def _served(worker: Worker) -> Served | None:
    standing, root = worker.standing, worker.root
    if standing is None or standing.url is None or root is None:
        return None
    environment: Mapping[str, str] = worker.settings.env
    return Served(
        repository=worker.name,
        url=standing.url,
        root=root,
        branch=standing.branch,
        roots=standing.roots,
        environment=environment,
    )
