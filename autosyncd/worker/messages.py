"""What each message that reaches a worker changes in what it remembers and reports."""

import time
from collections.abc import Callable

from autosyncd.config.model import RepositorySettings
from autosyncd.core.lifecycle import Trigger
from autosyncd.errors import PausedError
from autosyncd.watch.base import (
    ControlTouched,
    Hint,
    RootGone,
    RulesTouched,
    Touched,
    WatchComplete,
    WatchLimited,
)
from autosyncd.worker.inbox import (
    Approved,
    DescribeAsked,
    DialogOpened,
    Inbox,
    Message,
    Noticed,
    PauseAsked,
    PushHeard,
    RefreshAsked,
    ResumeAsked,
    Rewritten,
    StopAsked,
    SyncAsked,
    Wish,
    Woken,
)
from autosyncd.worker.memory import Memory, Offer, loop_clock
from autosyncd.worker.report import Report


class Messages:
    """Acts on what the inbox holds; runs no command."""

    def __init__(
        self,
        settings: RepositorySettings,
        memory: Memory,
        report: Report,
        ours: Callable[[bytes], bool],
    ) -> None:
        self._settings = settings
        self._inbox = Inbox()
        self._memory = memory
        self._report = report
        self._ours = ours

    def post(self, message: Message) -> None:
        """Leave a message; it is acted upon between two steps."""
        self._inbox.put(message)

    def notice(self, hint: Hint) -> None:
        """The watcher hints at something."""
        self._inbox.put(Noticed(hint, loop_clock()))

    async def wait(self, until: float | None) -> None:
        """Return when there are messages, or at `until` on the loop's clock."""
        await self._inbox.wait(until)

    async def hear(self, until: float | None) -> None:
        """Act on messages, or do nothing until a time on the loop's clock."""
        await self._inbox.wait(until)
        self.handle()

    def handle(self) -> None:
        """Act on all that is there."""
        self._end_pause_in_time()
        for message in self._inbox.take():
            self._handle(message)

    def answer_all(self, why: str) -> None:
        """Nobody may wait for ever for a worker that has ended or crashed."""
        for message in self._inbox.take() if self._memory.stopping else ():
            if isinstance(message, SyncAsked):
                self._memory.syncs.append(message)
        self._memory.answer(why)

    def _handle(self, message: Message) -> None:
        match message:
            case Noticed(hint=hint, at=at):
                self._noticed(hint, at)
            case PushHeard():
                self._heard(message)
            case RefreshAsked():
                self._ask_remote()
            case Woken():
                self._memory.woken(loop_clock())
            case StopAsked():
                self._memory.stopping = True
            case _:
                self._handle_wish(message)

    def _handle_wish(self, message: Wish) -> None:
        match message:
            case SyncAsked():
                self._sync(message)
            case PauseAsked(until=until):
                self._pause(until)
            case ResumeAsked():
                self._resume()
            case DescribeAsked():
                self._ask_to_describe(message)
            case DialogOpened():
                self._memory.schedule.wait_for_dialog()
            case Approved(approvals=approvals):
                self._memory.approved(approvals, loop_clock())
            case Rewritten(path=path, at=at):
                self._memory.rewritten(path, at)
                self._report.enter(Trigger.CHANGE)

    def _ask_to_describe(self, asked: DescribeAsked) -> None:
        if self._memory.paused:
            asked.refuse(PausedError("cannot describe the commit: it is paused"))
        else:
            self._memory.descriptions.append(asked)

    def _noticed(self, hint: Hint, at: float) -> None:
        match hint:
            case Touched(paths=paths):
                if paths is not None and not (
                    paths := frozenset(p for p in paths if not self._ours(p))
                ):
                    return
                self._memory.hints.add(paths, at)
                self._memory.schedule.changed(at)
                self._report.enter(Trigger.CHANGE)
                if self._report.brake:
                    self._memory.local.retry_by(at + self._settings.settle)
            case ControlTouched():
                self._memory.stale = True
                self._memory.local.retry_now(at)
            case RulesTouched():
                self._memory.rules_moved = True
            case RootGone():
                self._memory.root_gone = True
            case WatchLimited(message=message, hint=cure):
                self._report.limited(message, cure)
            case WatchComplete():
                self._report.unlimited()

    def _heard(self, heard: PushHeard) -> None:
        standing, commit = self._report.standing, heard.commit
        if commit and standing and commit in (standing.tip, standing.head):
            return
        if commit and heard.peer_url:
            self._memory.offer = Offer(heard.peer_url, commit)
        self._ask_remote()
        self._report.heard(heard.channel, heard.sender, commit)

    def _ask_remote(self) -> None:
        self._memory.schedule.ask_fetch()
        self._memory.remote.retry_now(loop_clock())

    def _sync(self, asked: SyncAsked) -> None:
        if self._memory.paused:
            asked.answer("it is paused")
        else:
            self._memory.ask_sync(asked, loop_clock())

    def _pause(self, until: float | None) -> None:
        self._memory.paused, self._report.paused_until = True, until
        self._report.enter(Trigger.PAUSE)
        self._memory.answer("it was paused")

    def _resume(self) -> None:
        if not self._memory.paused:
            return
        self._memory.paused, self._report.paused_until = False, None
        self._report.enter(Trigger.RESUME)
        self._memory.stale = True
        self._memory.look_again(loop_clock())
        self._memory.schedule.ask_fetch()

    def _end_pause_in_time(self) -> None:
        until = self._report.paused_until
        if self._memory.paused and until is not None and until <= time.time():
            self._resume()
