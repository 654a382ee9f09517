"""One repository's life: look, decide, act, look again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from autosyncd.api.operands import operands
from autosyncd.api.types import LastError, RepositoryStatus
from autosyncd.config.model import RepositorySettings
from autosyncd.core.approval import Approval
from autosyncd.core.lifecycle import Trigger
from autosyncd.core.news import NOTHING, Earlier
from autosyncd.core.plan import apart, in_step
from autosyncd.core.typed import in_folder
from autosyncd.core.urls import normal_url
from autosyncd.errors import (
    AutosyncError,
    AwayError,
    NeedsUserError,
    PausedError,
    RepositoryFailedError,
)
from autosyncd.vcs.base import Left, Repository, Standing
from autosyncd.watch.base import Touched
from autosyncd.worker.agenda import Agenda
from autosyncd.worker.approving import Waiting, choose
from autosyncd.worker.guard import Guard
from autosyncd.worker.inbox import Message, Rewritten
from autosyncd.worker.memory import Memory, loop_clock
from autosyncd.worker.messages import Messages
from autosyncd.worker.opening import follow_rules, open_repository, start_watch
from autosyncd.worker.report import Report
from autosyncd.worker.steps import Steps
from autosyncd.worker.surroundings import Surroundings
from autosyncd.worker.troubles import ABSENT, SLOW, trouble_left

STEPS_IN_ROUND = 100


class Worker:
    """Keeps one repository in step. `run` is its only writer; others leave messages."""

    def __init__(
        self,
        settings: RepositorySettings,
        surroundings: Surroundings,
        *,
        paused: bool = False,
        paused_until: float | None = None,
        approvals: frozenset[Approval] = frozenset(),
        earlier: Earlier = NOTHING,
    ) -> None:
        self.settings = settings
        self.name = settings.name
        self._around = surroundings
        self._report = Report(settings, surroundings.publish, earlier)
        guard = Guard(settings, approvals, surroundings.lost_power_at, surroundings.records)
        guard.remember(surroundings.judged.take(settings))
        self._memory = Memory(settings, self._report, guard)
        self._memory.paused = paused
        self._repository: Repository | None = None
        self._messages = Messages(settings, self._memory, self._report, self._ours)
        self._agenda = Agenda(settings, self._memory, self._report)
        self._left_pending = earlier.pending
        self._report.paused_until = paused_until
        self._recheck: Callable[[], None] = lambda: None

    # --- seen from outside

    def post(self, message: Message) -> None:
        """Leave a message; it is acted upon between two steps."""
        self._messages.post(message)

    def status(self) -> RepositoryStatus:
        """What `status` shows of this repository."""
        unseen = self._repository is None and self._memory.paused
        pending = self._left_pending if unseen else self._memory.pending
        return self._report.status(pending, self._agenda.next, away=bool(self._away()))

    @property
    def paused(self) -> bool:
        """Whether no command may run."""
        return self._memory.paused

    @property
    def watch_limit(self) -> LastError | None:
        """Why not all folders are watched; None if they are."""
        return self._report.limit

    def opened(self) -> Repository:
        """The repository, as long as it has been opened; raises why it has not."""
        if self._repository is not None:
            return self._repository
        if self._memory.paused:
            raise PausedError(
                f"{self.name} is paused, and has not been opened yet",
                hint=f"`autosyncctl resume {operands(self.name)}`",
            )
        status = self.status()
        why = status.reason or f"it is {status.state}"
        raise RepositoryFailedError(f"{self.name} can't be read now: {why}")

    def held(self) -> tuple[Left, ...]:
        """What is left out on purpose; the deletions that wait all together are one entry."""
        away, brake = self._away(), self._report.brake
        whole = tuple(left for left in (away, brake) if left)
        found = (*whole, *self._report.held.values(), *self._report.held_apart)
        return tuple(replace(left, hint=in_folder(left.hint, self.settings.path)) for left in found)

    def _away(self) -> Left | None:
        """The folder itself, as long as it is not there or not what it was."""
        trouble = self._memory.local.present
        return trouble_left(trouble) if trouble and trouble.away else None

    def choose(self, words: Sequence[str]) -> frozenset[Approval]:
        """What the words of an `approve` let through; raises AutosyncError if that is nothing."""
        away = self._away()
        if away and away.reason and not words:
            return frozenset({Approval(away.path, away.reason)})
        repository = self.opened()
        waiting = Waiting(
            name=self.name,
            path=self.settings.path,
            root=repository.root,
            below=repository.below,
            held={
                left.path: left for left in (*self._report.held_apart, *self._report.held.values())
            },
            deletions=self._memory.guard.deletions if self._report.brake else frozenset(),
        )
        return choose(waiting, words)

    def rewritten(self, path: bytes) -> None:
        """An earlier version of a file was brought back."""
        self.post(Rewritten(path, loop_clock()))

    def _ours(self, path: bytes) -> bool:
        """Whether a path is just as we left it ourselves."""
        return self._repository is not None and self._repository.ours(path)

    @property
    def standing(self) -> Standing | None:
        """Where the repository stood when it was last looked at."""
        return self._report.standing

    @property
    def apart(self) -> str | None:
        """Why it need not be the same as the remote, where all is done; None where it is."""
        standing, settings = self._report.standing, self.settings
        if standing is None:
            return None
        return apart(standing.relation, pulls=settings.pulls, pushes=settings.pushes)

    @property
    def root(self) -> Path | None:
        """The repository's root, once it has been opened."""
        return self._repository.root if self._repository else None

    @property
    def url(self) -> str | None:
        """Where this repository's pushes go, in the one spelling that all workers share."""
        standing = self._report.standing
        if standing is None or standing.url is None or self._repository is None:
            return None
        return normal_url(standing.url, str(self._repository.root))

    def crashed(self, error: Exception, retry_in: float | None) -> None:
        """The supervisor tells that `run` raised, and in how many seconds it runs again."""
        when = f"restarts in {retry_in:.0f} s" if retry_in is not None else "given up"
        text = " ".join(f"{type(error).__name__}: {error}".split())
        hint = (
            None
            if retry_in is not None
            else f"`autosyncctl sync {operands(self.name)}` tries it again"
        )
        crash = AutosyncError(f"the worker crashed ({text}), {when}", hint=hint)
        trouble = self._memory.local.fail("run", crash, SLOW, loop_clock())
        self._report.enter(Trigger.CRASH, trouble.reason)
        self._memory.answer(trouble.reason)

    # --- the life

    async def run(self) -> None:
        """Live until asked to stop; a Service."""
        self._memory.local.retry_now(loop_clock())
        self._report.enter(Trigger.START)
        try:
            while not self._memory.stopping:
                await self._open_and_live()
        finally:
            self._messages.answer_all("the daemon stops")
        self._report.enter(Trigger.STOP)

    async def _open_and_live(self) -> None:
        """One life with an open repository; ends when asked to, or when it can't be opened."""
        try:
            await self._wait_while_paused()
            if not self._memory.stopping:
                await self._live()
        except NeedsUserError as error:
            trouble = self._memory.local.fail("open", error, ABSENT, loop_clock())
            if not self._memory.paused:
                self._report.enter(Trigger.BLOCK, trouble.reason)
            self._memory.answer(trouble.reason)
            await self._wait_for_another_try()
        finally:
            self._around.claims.release(self.name)

    async def _wait_while_paused(self) -> None:
        self._messages.handle()
        while self._memory.paused and not self._memory.stopping:
            self._report.enter(Trigger.PAUSE)
            await self._messages.wait(self._agenda.pause_end)
            self._messages.handle()

    async def _wait_for_another_try(self) -> None:
        memory = self._memory
        while memory.local.shut(loop_clock()) and not memory.stopping and not memory.paused:
            await self._messages.wait(
                memory.local.present.retry_at if memory.local.present else None
            )
            self._messages.handle()

    async def _live(self) -> None:
        memory, report = self._memory, self._report
        memory.forget()
        report.begin()
        fit, shut = memory.guard.late.fit, memory.guard.mounts.shut
        repository = await open_repository(
            self.settings, self._around, report.progressed, fit, shut
        )
        self._repository, report.vcs = repository, repository.name
        try:
            await self._live_with(repository)
        finally:
            await repository.close()

    async def _live_with(self, repository: Repository) -> None:
        memory, report = self._memory, self._report
        for damage in repository.mended:
            report.mended(damage)
        watch = await start_watch(repository, self.settings, self._around, self._messages.notice)
        steps = Steps(self.settings, self._around, repository, memory, report, self._messages.hear)
        try:
            report.watches, self._recheck = lambda: watch.count, watch.recheck
            await watch.placed()
            memory.look_again(loop_clock())
            with self._around.mounted.listen(self._look_at_mounts):
                await self._rounds(steps, partial(follow_rules, repository, watch))
        finally:
            watch.close()
            report.watches = lambda: 0
        if memory.root_gone:
            raise AwayError(
                f"the folder {self.settings.path} has gone",
                hint="nothing is synced until it is back",
            )

    def _look_at_mounts(self) -> None:
        if moved := self._memory.guard.mounts.moved():
            self._recheck()
            self._memory.remote.retry_now(loop_clock())
            self._messages.notice(Touched(moved))

    async def _rounds(self, steps: Steps, follow: Callable[[bool], Awaitable[bool]]) -> None:
        """Do all that can be done, rest until something happens or is due, and again."""
        memory = self._memory
        while True:
            await self._round(steps)
            if memory.stopping or memory.root_gone or memory.reopen:
                return
            if not memory.paused and await follow(memory.rules_moved):
                memory.rules_moved = False
            await self._messages.wait(self._agenda.deadline)

    async def _round(self, steps: Steps) -> None:
        memory = self._memory
        self._messages.handle()
        began = loop_clock()
        if memory.look_in_time(began):
            self._recheck()
        local, remote = memory.local.failures, memory.remote.failures
        local_due, remote_due = not memory.local.shut(began), not memory.remote.shut(began)
        for _ in range(STEPS_IN_ROUND):
            if memory.resting or not await steps.do_next():
                break
            self._messages.handle()
        if memory.resting:
            return
        if local_due and memory.local.failures == local:
            memory.local.solve()
        if local_due and remote_due and memory.remote.failures == remote:
            memory.remote.solve()
        self._settle_down()

    def _settle_down(self) -> None:
        """Choose the state to rest in, and answer those who wait for a sync."""
        local, remote = self._memory.local.present, self._memory.remote.present
        blocker = next((t for t in (local, remote) if t and t.needs_user), None)
        if blocker:
            self._report.enter(Trigger.BLOCK, blocker.reason)
        elif local and local.offline:
            self._report.enter(Trigger.LOSE_REMOTE, local.reason)
        elif self._memory.pending:
            self._report.enter(Trigger.SETTLE)
        elif remote and remote.offline:
            self._report.enter(Trigger.LOSE_REMOTE, remote.reason)
        elif self._agenda.gives:
            self._report.enter(Trigger.WAIT)
        else:
            self._report.enter(Trigger.REST)
        if self._memory.syncs and not self._memory.sync_under_way(loop_clock()):
            self._memory.answer(self._excuse())

    def _excuse(self) -> str | None:
        """Why a sync did not bring everything in step, or None if it did."""
        for trouble in (self._memory.local.present, self._memory.remote.present):
            if trouble:
                return trouble.reason
        if self._memory.hints and not self._memory.sync_tries:
            return "a file is being written all the time; all the rest is done"
        standing, settings = self._report.standing, self.settings
        if standing and not in_step(
            standing.relation, pulls=settings.pulls, pushes=settings.pushes
        ):
            return f"not in step with the remote: {standing.relation.value}"
        return None
