"""Announcements without any server but the one that holds the repositories, over ssh itself."""

import asyncio
from collections import deque

from autosyncd.channels.base import Announcement, Condition, Link, Served
from autosyncd.channels.report import Report
from autosyncd.channels.ssh.place import place_of
from autosyncd.channels.ssh.program import ssh_of
from autosyncd.channels.ssh.watch import Host, HostWatch, Watched
from autosyncd.config.model import SshSettings

QUIET = 0.2
"""Seconds without further repositories after which the watchers are started: they are found one
after the other, and each host gets one connection for all."""

OWN = 50
"""Commits of each repository that are known to be pushed by this machine."""


class SshChannel:
    """One watcher for each host."""

    name = "ssh"

    def __init__(self, settings: SshSettings, link: Link) -> None:
        self._settings = settings
        self._link = link
        self._report = Report(self.name, link)
        self._served: tuple[Served, ...] = ()
        self._turn = asyncio.Event()
        self._own: dict[str, deque[str]] = {}
        self._watches: dict[Host, HostWatch] = {}
        self._tasks: dict[Host, tuple[tuple[Watched, ...], asyncio.Task[None]]] = {}

    # --- what the daemon asks for

    def announce(self, announcement: Announcement) -> None:
        """Nothing is to be told: the push itself is what the others see. They must not be us."""
        own = self._own.setdefault(announcement.repository, deque(maxlen=OWN))
        own.append(announcement.commit)

    def follow(self, repositories: tuple[Served, ...]) -> None:
        """All repositories that use this channel."""
        if repositories != self._served:
            self._served = repositories
            self._turn.set()

    def network_up(self) -> None:
        """If a host is not connected, try now."""
        for watch in self._watches.values():
            watch.network_up()

    def status(self) -> Condition:
        """How it is now."""
        return self._report.condition

    # --- life

    async def run(self) -> None:
        """Watch all hosts until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._turn.clear()
                    await self._go_over_to(await self._wanted(), group)
                    await self._turn.wait()
                    await self._quiet()
        finally:
            self._tasks, self._watches = {}, {}
            self._report.lost("not running")

    async def _quiet(self) -> None:
        while self._turn.is_set():
            self._turn.clear()
            try:
                async with asyncio.timeout(QUIET):
                    await self._turn.wait()
            except TimeoutError:
                return

    async def _wanted(self) -> dict[Host, tuple[Watched, ...]]:
        """All repositories on hosts that are reached by ssh, by their hosts."""
        wanted: dict[Host, tuple[Watched, ...]] = {}
        for served in self._served:
            place = place_of(served.url)
            environment = {**self._link.environment, **served.environment}
            program = await ssh_of(served.root, environment) if place else None
            if place and program:
                quiet = {**environment, "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
                host = Host(program, tuple(sorted(quiet.items())), place.login, place.port)
                wanted[host] = (*wanted.get(host, ()), Watched(served, place.path))
        return wanted

    async def _go_over_to(
        self, wanted: dict[Host, tuple[Watched, ...]], group: asyncio.TaskGroup
    ) -> None:
        """End the watchers that are to watch something else, and start those that are missing."""
        ending = [host for host, (watched, _) in self._tasks.items() if wanted.get(host) != watched]
        tasks = {self._tasks.pop(host)[1] for host in ending}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._watches = {host: self._watch(host) for host in wanted}
        for host, watched in wanted.items():
            if host not in self._tasks and not self._watches[host].absent:
                task = group.create_task(self._watches[host].run(watched))
                self._tasks[host] = (watched, task)
        self._tell()

    def _watch(self, host: Host) -> HostWatch:
        return self._watches.get(host) or HostWatch(host, self._link, self._is_own, self._tell)

    def _is_own(self, repository: str, commit: str) -> bool:
        return commit in self._own.get(repository, ())

    def _tell(self) -> None:
        """Say how the hosts are, all together."""
        watches = sorted(self._watches.values(), key=lambda watch: watch.host.login)
        failed = [watch for watch in watches if watch.failed]
        detail = "; ".join(f"{one.host.login}: {one.detail}" for one in failed or watches)
        if failed:
            self._report.lost(detail)
        elif not watches:
            self._report.condition = Condition(connected=True, detail="no remote is over ssh")
        elif all(watch.connected or watch.absent for watch in watches):
            self._report.connected(detail)
