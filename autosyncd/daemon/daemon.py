"""The whole daemon as seen from outside: status, sync, pause, resume, reload, routing."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from autosyncd.api.events import ADDING, DaemonEvent, Event, Pushed, StateChanged, is_detail
from autosyncd.api.types import (
    AddResult,
    ApproveResult,
    CompareResult,
    ConflictsResult,
    DaemonStatus,
    DescribeResult,
    DoctorResult,
    HeldResult,
    HistoryResult,
    Names,
    ReloadResult,
    RemoveResult,
    RestoreResult,
    SettleResult,
    Status,
    SyncOutcome,
    SyncResult,
    VersionResult,
)
from autosyncd.config.model import Config
from autosyncd.core import diary
from autosyncd.daemon import pausing
from autosyncd.daemon.configured import Configured
from autosyncd.daemon.crew import Crew
from autosyncd.daemon.machinery import Machinery
from autosyncd.daemon.rounds import sync_all, unpaused
from autosyncd.daemon.routing import Routing
from autosyncd.daemon.summary import Summary
from autosyncd.doctor.examination import examine
from autosyncd.doctor.subject import Entry, House
from autosyncd.onboarding.means import Means
from autosyncd.onboarding.onboarding import Onboarding
from autosyncd.vcs.base import Keep
from autosyncd.version import VERSION
from autosyncd.worker import left_out, past, restoring, settling
from autosyncd.worker.approving import shown
from autosyncd.worker.inbox import (
    Approved,
    DescribeAsked,
    DialogOpened,
    SyncAsked,
)
from autosyncd.worker.surroundings import Surroundings
from autosyncd.worker.worker import Worker

log = logging.getLogger(__name__)

FAREWELL = 3.5
"""Seconds for the last commits and pushes of a daemon that was asked to stop."""

START_LIMIT = 60.0
"""Seconds after which the daemon counts as started even if a huge tree is still being read."""


class Daemon:
    """Holds the workers, and does for clients what they ask."""

    def __init__(self, config: Config, machinery: Machinery, surroundings: Surroundings) -> None:
        self.bus = machinery.bus
        self._journal = machinery.journal
        self._supervisor = machinery.supervisor
        self._manager = machinery.manager
        around = replace(
            surroundings,
            publish=self.publish,
            forget_approvals=machinery.journal.forget_approvals,
            recall=machinery.journal.recall,
            remember=machinery.journal.remember,
            records=machinery.journal,
        )
        self._environment = surroundings.environment
        self._connections = surroundings.connections
        self._crew = Crew(machinery.supervisor, machinery.journal, around, config.vcs)
        self._summary = Summary(machinery.manager, self._crew.in_one_line)
        self._configured = Configured(config, machinery.read_config, self._go_over_to, self.tell)
        self._routing = Routing(
            self._crew, around, self.bus, machinery.supervisor, machinery.build_channel
        )
        self._onboarding = Onboarding(
            Means(
                around=around,
                read_config=machinery.read_config,
                reload=self.reload,
                sync=self._sync_one,
                forget=lambda path: machinery.journal.set_pause(path, None),
                tell=lambda words: self.tell(ADDING, words),
                home=Path.home(),
            )
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = time.monotonic()
        self._stop = asyncio.Event()

    # --- life

    def start(self) -> None:
        """Start a worker for every configured repository."""
        self._routing.start(self._configured.now)
        self._crew.start(self._configured.now.repositories)
        self.tell("started", f"{VERSION}, {len(self._crew)} repositories")
        self._do_soon(self._settled())

    async def _settled(self) -> None:
        """Tell the service manager once every worker has started or has said why it can't."""
        await self.bus.until(lambda: self._crew.started, START_LIMIT)
        self._summary.ready()

    async def until_stop(self) -> None:
        """Return when somebody asked the daemon to stop."""
        await self._stop.wait()

    async def close(self) -> None:
        """Commit and push what waits for its time, as far as that goes; then end all workers, each
        after its command in flight, side by side."""
        self._manager.stopping()
        await self._finish_up()
        await self._crew.end()
        await self._routing.close()
        self._journal.leave_pending(self._crew.waiting())
        self.tell("stopped")

    async def _finish_up(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await asyncio.gather(*(self._ask_sync(worker) for worker in self._crew.unfinished))
        except TimeoutError:
            log.warning("some changes are not pushed yet; that is done at the next start")

    @property
    def alive(self) -> bool:
        """Whether all workers are alive."""
        return self._crew.alive

    @property
    def wants_bubbles(self) -> bool:
        """Whether any repository gets any bubbles."""
        return self._configured.wants_bubbles

    def crashed(self, name: str, error: Exception, retry_in: float | None) -> None:
        """The supervisor tells that a service raised."""
        if worker := self._crew.get(name):
            worker.crashed(error, retry_in)
        else:
            self._routing.crashed(name, error, retry_in)

    # --- what clients ask

    def status(self, repositories: Sequence[str] | None) -> Status:
        """What everything, or the named repositories, are doing."""
        config = self._configured.now
        return Status(
            daemon=DaemonStatus(
                version=VERSION,
                pid=os.getpid(),
                uptime=time.monotonic() - self._started,
                config=str(config.file) if config.file else None,
                channels=self._routing.status(),
                notify=config.desktop,
            ),
            repositories=tuple(worker.status() for worker in self._crew.chosen(repositories)),
        )

    def names(self, repositories: Sequence[str] | None) -> frozenset[str] | None:
        """The names of those repositories; None stands for all."""
        if repositories is None:
            return None
        return frozenset(worker.name for worker in self._crew.chosen(repositories))

    async def pause(self, repositories: Sequence[str] | None, seconds: float | None) -> Names:
        """Run no command for these repositories, for so long or until resumed."""
        chosen = self._crew.chosen(repositories)
        return await pausing.pause(chosen, seconds, self._journal, self.bus)

    async def resume(self, repositories: Sequence[str] | None) -> Names:
        """Go on with these repositories."""
        return await pausing.resume(self._crew.chosen(repositories), self._journal, self.bus)

    async def sync(self, repositories: Sequence[str] | None, *, wait: bool) -> SyncResult:
        """Commit, pull and push now."""
        chosen = unpaused(self._crew.chosen(repositories), named=repositories is not None)
        if wait:
            return SyncResult(repositories=await sync_all(chosen, self._ask_sync))
        for worker in chosen:
            self._ask_sync(worker)
        return SyncResult(repositories=tuple(SyncOutcome(name=w.name, ok=True) for w in chosen))

    async def events(
        self,
        repositories: Sequence[str] | None,
        *,
        since: float | None,
        limit: int | None,
        kinds: frozenset[str] | None = None,
    ) -> tuple[Event, ...]:
        """What happened, oldest first."""
        return await self._journal.events(self.names(repositories), since, limit, kinds)

    async def conflicts(self, repositories: Sequence[str] | None) -> ConflictsResult:
        """The conflict copies that wait for the user."""
        return await past.conflicts(self._crew.chosen(repositories), named=repositories is not None)

    async def compare(self, file: str) -> CompareResult:
        """How the conflict copies of a file differ from it."""
        past.absolute(file)
        return await settling.compare(self._crew.find(file), file)

    async def settle(self, file: str, keep: Keep) -> SettleResult:
        """Settle the conflicts of a file."""
        past.absolute(file)
        return await settling.settle(self._crew.find(file), file, keep)

    def held(self, repositories: Sequence[str] | None) -> HeldResult:
        """What is left out on purpose, why, and what to do about it."""
        return left_out.held(self._crew.chosen(repositories))

    async def approve(self, repository: str, paths: Sequence[str]) -> ApproveResult:
        """Let held paths in, or without paths the deletions that wait all together."""
        worker = self._crew.find(repository)
        approvals = worker.choose(paths)
        await self._journal.approve(worker.settings.path, approvals)
        worker.post(Approved(approvals))
        return ApproveResult(approved=tuple(sorted({shown(a.path) for a in approvals})))

    async def history(
        self, *, repository: str | None, file: str | None, limit: int
    ) -> HistoryResult:
        """The automatic commits of a repository, or all commits of a file."""
        return await past.history(self._crew.find(repository or file or ""), file, limit)

    async def restore(self, file: str, at: str | float, *, output: str | None) -> RestoreResult:
        """Bring back an earlier version of a file."""
        past.absolute(file)
        return await restoring.restore(self._crew.find(file), file, at, output)

    async def describe(self, repository: str, commit: str, message: str) -> DescribeResult:
        """Give a commit that was not pushed yet the words of the user."""
        worker = self._crew.find(repository)
        worker.opened()
        described: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        worker.post(DescribeAsked(commit, message, described))
        return DescribeResult(commit=await described)

    def describing(self, repository: str) -> None:
        """The push of the last commit waits a little for the user's words."""
        self._crew.find(repository).post(DialogOpened())

    async def add(
        self, path: str, remote: str | None, settings: Mapping[str, str], *, dry_run: bool
    ) -> AddResult:
        """Put a folder under autosync."""
        return await self._onboarding.add(path, remote, settings, dry_run=dry_run)

    async def clone(self, url: str, path: str, settings: Mapping[str, str]) -> AddResult:
        """Clone a remote into a new folder and put that under autosync."""
        return await self._onboarding.clone(url, path, settings)

    async def remove(self, repository: str) -> RemoveResult:
        """Stop watching a repository."""
        return await self._onboarding.remove(self._crew.find(repository).settings)

    async def reload(self) -> ReloadResult:
        """Read the configuration again; only workers whose settings changed notice.

        Raises ConfigError, and then nothing has changed.
        """
        return await self._configured.reload()

    async def _go_over_to(self, config: Config) -> ReloadResult:
        self._manager.reloading()
        try:
            result = await self._crew.apply(config)
            await self._routing.apply(config)
        finally:
            self._summary.ready()
        return result

    async def doctor(self, repositories: Sequence[str] | None) -> DoctorResult:
        """What could keep syncing from working."""
        chosen = self._crew.chosen(repositories)
        house = House(
            entries=tuple(Entry(w.settings, w.status(), w.watch_limit) for w in chosen),
            channels=self._routing.findings(),
            environment=self._environment,
            everything=repositories is None,
        )
        return await examine(house)

    def version(self) -> VersionResult:
        """Which autosync this is."""
        return VersionResult(version=VERSION, pid=os.getpid())

    def reload_soon(self) -> None:
        """Reload without an answer, as for SIGHUP; what goes wrong is in the log."""
        self._do_soon(self._configured.reload_quietly())

    def _do_soon(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Ask the daemon to end."""
        self._stop.set()

    # --- what happens inside

    def publish(self, event: Event) -> None:
        """Tell everybody, write the diary, and let siblings hear of pushes."""
        level = logging.DEBUG if is_detail(event) else logging.INFO
        log.log(level, "%s", diary.line(event))
        self.bus.publish(event)
        if isinstance(event, StateChanged):
            self._summary.changed()
        if isinstance(event, Pushed):
            self._crew.tell_siblings(event)
        self._routing.noticed(event)

    def woke(self, seconds: float) -> None:
        """The machine slept for so long, and works again."""
        self.tell("woke", f"after {seconds:.0f} s of sleep")
        self._reconnect()

    def network_up(self) -> None:
        """A network came up, or became larger."""
        self.tell("network up")
        self._reconnect()

    def _reconnect(self) -> None:
        """What needs a network may work again, and may have missed something meanwhile."""
        self._connections.renew()
        self._crew.wake()
        self._routing.network_up()

    def tell(self, what: str, detail: str | None = None) -> None:
        """Publish something about the daemon itself."""
        self.publish(DaemonEvent(time=time.time(), what=what, detail=detail))

    async def _sync_one(self, name: str) -> SyncOutcome:
        return (await self.sync([name], wait=True)).repositories[0]

    def _ask_sync(self, worker: Worker) -> Awaitable[str | None]:
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        worker.post(SyncAsked(answer))
        if worker.status().state == "failed":
            self._supervisor.revive(worker.name)
        return answer
