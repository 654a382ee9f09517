"""What a worker remembers between two steps; it is the only one who writes here."""

import asyncio
import time
from dataclasses import dataclass

from autosyncd.config.model import RepositorySettings
from autosyncd.core.approval import Approval, Reason
from autosyncd.core.schedule import Schedule
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import Look
from autosyncd.worker.guard import Guard
from autosyncd.worker.hints import Hints
from autosyncd.worker.inbox import DescribeAsked, SyncAsked
from autosyncd.worker.later import Later
from autosyncd.worker.report import Report
from autosyncd.worker.troubles import Troubles

CLOCK_SET = 0.25
"""Seconds by which the wall clock must differ from what it was to count as set anew."""

TIDY_AFTER = 3.0
"""Seconds after which what was displaced in the tree is looked after."""

SYNC_TRIES = 40
SYNC_PAUSE = 0.05
"""How often, and seconds after which, a sync looks again at a file that is being written."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A commit that can be fetched from a peer, too."""

    url: str
    commit: str


class Memory:
    """One worker's memory. Troubles, pauses and waiting syncs outlive a reopened repository."""

    def __init__(self, settings: RepositorySettings, report: Report, guard: Guard) -> None:
        self.guard = guard
        self._settings = settings
        self.local = Troubles(settings.path, report.problem, report.solved)
        self.remote = Troubles(settings.path, report.problem, report.solved)
        self.syncs: list[SyncAsked] = []
        self.sync_tries = 0
        self.descriptions: list[DescribeAsked] = []
        self.paused = False
        self.stopping = False
        self.forget()

    def forget(self) -> None:
        """The repository is opened anew: everything has to be looked at again."""
        self.hints = Hints()
        self.schedule = Schedule(
            settle=self._settings.settle,
            max_settle=self._settings.max_settle,
            push_delay=self._settings.push_delay,
            pull_interval=self._settings.pull_interval,
        )
        self.stale = True
        """Whether somebody else may have moved branch, index or remote."""
        self.rejections = 0
        self.overtaken = 0
        """How many merges in a row were of no use, since a local commit was made meanwhile."""
        self.edits = 0
        """How often a move has met a user's edit since the last one that went through. The remote
        was asked before the first of them: if it moved since then, the push tells."""
        self.tidy_at: float | None = 0.0
        """When to look after what moves left behind, on the loop's clock."""
        self.root_gone = False
        self.offer: Offer | None = None
        """Where the newest commit that was heard of can be fetched from, too."""
        self.rules_moved = False
        """Whether the watch has to be told what the ignore rules cover now."""
        self.reopen = False
        """Whether the repository is to be opened anew, as what it is now."""
        self.interrupted = False
        """Whether a fetch that is under way is to be begun anew."""
        self.later = Later()

    @property
    def pending(self) -> int:
        """How many changed paths wait to be looked at, as far as they are counted."""
        return len(self.hints) + self.later.waiting

    @property
    def resting(self) -> bool:
        """Whether no further step may begin."""
        return self.stopping or self.paused or self.root_gone or self.reopen

    def look_again(self, now: float) -> None:
        """Look everywhere, at once."""
        self.hints.add(None, now)
        self.schedule.hurry(now)

    def look_later(self, paths: tuple[bytes, ...], now: float) -> None:
        """These are being written just now. Who asked for a sync waits for them, but not for
        ever."""
        self.hints.add(paths, now)
        self.schedule.changed(now)
        if self.syncs and self.sync_tries:
            self.sync_tries -= 1
            self.schedule.hurry(now + SYNC_PAUSE)

    def looked(self, where: frozenset[bytes] | None, look: Look) -> None:
        """The repository was looked at; young files are looked at again when they are not."""
        self.later.looked(where, look.passing, loop_clock())

    def look_in_time(self, now: float) -> bool:
        """Look where it is time to; returns whether that is everywhere."""
        due = self.later.take(now)
        for paths in due:
            self.hints.add(paths, now)
            self.schedule.hurry(now)
        return None in due

    def approved(self, approvals: frozenset[Approval], now: float) -> None:
        """The user lets things through: look at them at once."""
        self.guard.approve(approvals)
        self.tidy_at = now
        self.reopen |= any(approval.reason is Reason.AWAY for approval in approvals)
        self.hints.add((approval.path for approval in approvals), now)
        self.schedule.hurry(now)
        self.local.retry_now(now)
        if any(approval.reason is Reason.MOUNTED for approval in approvals):
            self.remote.retry_now(now)

    def rewritten(self, path: bytes, now: float) -> None:
        """We brought a version back; what it displaced is to be looked after, too."""
        self.hints.add((path,), now)
        self.schedule.changed(now)
        self.tidy_at = now + TIDY_AFTER

    def ask_sync(self, sync: SyncAsked, now: float) -> None:
        """Somebody waits for everything to be in step."""
        self.syncs.append(sync)
        self.sync_tries = SYNC_TRIES
        self.stale = True
        self.look_again(now)
        self.schedule.ask_fetch()
        self.schedule.push_now(now)
        self.local.retry_now(now)
        self.remote.retry_now(now)

    def woken(self, now: float) -> None:
        """The machine woke or a network came up: sync now, and forget how often that failed.

        A fetch that began before may hang, and is begun anew.
        """
        self.schedule.ask_fetch()
        self.local.retry_now(now)
        self.remote.begin_anew(now)
        self.interrupted = True

    def sync_under_way(self, now: float) -> bool:
        """Whether the sync that was asked for has still something to try."""
        local, remote = self.local.present, self.remote.present
        if local or remote:
            return all(t is None or not (t.needs_user or t.offline) for t in (local, remote))
        due = self.schedule.look_at
        return due is not None and due <= now + 2 * SYNC_PAUSE and self.sync_tries > 0

    def take_offer(self) -> Offer | None:
        """The offer, which is tried once."""
        offer, self.offer = self.offer, None
        return offer

    def answer(self, error: str | None) -> None:
        """Tell all who wait for a sync how it ended."""
        for sync in self.syncs:
            sync.answer(error)
        self.syncs = []
        if error:
            for asked in self.take_descriptions():
                asked.refuse(RepositoryFailedError(f"cannot describe the commit: {error}"))

    def take_descriptions(self) -> list[DescribeAsked]:
        """The descriptions that were asked for."""
        taken, self.descriptions = self.descriptions, []
        return taken


class WallClock:
    """Says times of the loop's clock in Unix seconds, the same time always the same, unless
    somebody sets the clock."""

    def __init__(self) -> None:
        self._offset = 0.0

    def at(self, when: float) -> float:
        """The Unix time of a time on the loop's clock."""
        offset = time.time() - loop_clock()
        if abs(offset - self._offset) > CLOCK_SET:
            self._offset = offset
        return when + self._offset


def loop_clock() -> float:
    """Now, in seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()
