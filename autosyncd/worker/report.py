"""What a worker tells of itself: its status, and events as things happen."""

import time
from collections.abc import Callable

from autosyncd.api.events import (
    Committed,
    Conflict,
    Event,
    Heard,
    Held,
    Integrated,
    Peer,
    Problem,
    Pushed,
    Solved,
    StateChanged,
)
from autosyncd.api.types import InStep, LastCommit, LastError, Next, RepositoryStatus
from autosyncd.config.model import RepositorySettings
from autosyncd.core.covering import within
from autosyncd.core.lifecycle import OUTSIDE, Phase, Trigger, move, public
from autosyncd.core.messages import printable
from autosyncd.core.news import NOTHING, Earlier, News
from autosyncd.core.trouble import Trouble
from autosyncd.core.typed import in_folder
from autosyncd.core.urls import without_passwords
from autosyncd.vcs.base import Commit, Left, Look, Relation, Settled, Standing
from autosyncd.worker.troubles import trouble_left

CONFLICTS_TOLD = 10


class Report:
    """The one place that moves a worker's phase, and remembers what `status` shows."""

    def __init__(
        self,
        settings: RepositorySettings,
        publish: Callable[[Event], None],
        earlier: Earlier = NOTHING,
    ) -> None:
        self._settings = settings
        self._publish = publish
        self._news = News(earlier.state, earlier.reason, earlier.since)
        self._phase = Phase.STARTING
        self._since = time.time()
        self._reason: str | None = None
        self._progress: float | None = None
        self._in_step: InStep | None = None
        self._told_conflict: tuple[str, tuple[Settled, ...]] | None = None
        self._last_push = earlier.last_push
        self._last_pull = earlier.last_pull
        self._last_error: LastError | None = None
        self.limit: LastError | None = None
        """Why not all folders are watched, as long as that is so."""
        self.held: dict[bytes, Left] = {}
        self.brake: Left | None = None
        """The deletions that wait, all together."""
        self.apart: dict[str, tuple[Left, ...]] = {}
        """What else is left out, by what found it: late writes, and what is never at rest."""
        self.copies = 0
        self.standing: Standing | None = None
        self.vcs = settings.vcs
        self.watches: Callable[[], int] = lambda: 0
        self.paused_until: float | None = None

    @property
    def phase(self) -> Phase:
        """Where the worker is."""
        return self._phase

    def enter(self, trigger: Trigger, reason: str | None = None) -> None:
        """Move by a trigger; says so if people would see a difference."""
        phase, told = self._phase, self._reason
        self._phase = move(phase, trigger)
        if self._phase is phase and trigger in OUTSIDE:
            return
        before, (state, step) = public(phase), public(self._phase)
        self._progress = None
        self._reason = reason if state in ("blocked", "failed", "offline") else None
        if (state, step) == before and self._reason == told:
            return
        now = time.time()
        if state != before[0]:
            self._since = self._news.began(state, self._reason, now)
        self._publish(
            StateChanged(
                time=now,
                repository=self._name,
                state=state,
                step=step,
                reason=self._reason,
                detail=not self._news.tell(state, self._reason, now),
            )
        )

    def progressed(self, share: float) -> None:
        """So much of the step over the network is done, from 0 to 1."""
        if public(self._phase)[1] in ("fetch", "integrate", "push"):
            self._progress = share

    def begin(self) -> None:
        """A new life: what is known of the repository has to be found again."""
        self.standing = None
        self.held = {}
        self.brake = None
        self.apart = {}
        self._in_step = None
        self.watches = lambda: 0
        self.limit = None

    def status(self, pending: int, upcoming: Next | None, *, away: bool) -> RepositoryStatus:
        """The repository as `status` shows it; `away`: the folder itself is held."""
        state, step = public(self._phase)
        standing = self.standing
        return RepositoryStatus(
            name=self._name,
            path=str(self._settings.path),
            vcs=self.vcs,
            state=state,
            since=self._since,
            step=step,
            progress=self._progress,
            reason=self._reason,
            branch=standing.branch if standing else None,
            remote=standing.remote if standing else None,
            pending=pending,
            ahead=standing.ahead if standing else 0,
            behind=standing.behind if standing else 0,
            conflicts=self.copies,
            held=len(self.held) + bool(self.brake) + away + len(self.held_apart),
            watches=self.watches(),
            in_step=self._in_step,
            last_commit=_last_commit(standing),
            last_push=self._last_push,
            last_pull=self._last_pull,
            last_error=self._last_error,
            paused_until=self.paused_until,
            next=upcoming,
            notify=self._settings.notify,
        )

    def committed(self, commit: Commit) -> None:
        """Local changes became a commit."""
        self._publish(
            Committed(
                time=time.time(),
                repository=self._name,
                commit=commit.info.id,
                subject=commit.info.subject,
                files=len(commit.changes),
            )
        )

    def described(self, old: str, new: str, text: str) -> None:
        """A commit got the user's words."""
        lines = text.strip().splitlines()
        event = Committed(
            time=time.time(), repository=self._name, commit=new, subject=lines[0], files=0, was=old
        )
        self._publish(event)

    def pushed(self, commit: str, commits: int, standing: Standing) -> None:
        """The remote took a commit."""
        self._last_push = time.time()
        self._publish(
            Pushed(
                time=self._last_push,
                repository=self._name,
                commit=commit,
                remote=standing.remote or "",
                url=without_passwords(standing.url) if standing.url else None,
                branch=standing.branch or "",
                commits=commits,
            )
        )

    def integrated(self, target: str, files: int, standing: Standing) -> None:
        """What others had pushed is in the working tree."""
        self._last_pull = time.time()
        linear = standing.relation is Relation.BEHIND
        self._publish(
            Integrated(
                time=self._last_pull,
                repository=self._name,
                commit=target,
                previous=standing.head,
                remote=standing.remote or "",
                how="fast-forward" if linear else "merge",
                files=files,
            )
        )

    def conflict(self, merge: str, settled: tuple[Settled, ...]) -> None:
        """Both sides changed the same things, and both versions were kept; told once a merge."""
        if not settled or (merge, settled) == self._told_conflict:
            return
        self._told_conflict = merge, settled
        self._publish(
            Conflict(
                time=time.time(),
                repository=self._name,
                paths=tuple(printable(one.path) for one in settled),
                detail="; ".join(_settlement(one) for one in settled[:CONFLICTS_TOLD]),
            )
        )

    def asked_remote(self) -> None:
        """The remote has just told where it stands."""
        standing = self.standing
        if standing and standing.relation is Relation.SAME and standing.head:
            self._in_step = InStep(commit=standing.tip or standing.head, checked=time.time())

    def heard(self, channel: str, sender: str, commit: str | None) -> None:
        """Somebody else pushed."""
        self._publish(
            Heard(
                time=time.time(),
                repository=self._name,
                channel=channel,
                sender=sender,
                commit=commit,
            )
        )

    def peer(self, peer: str, detail: str) -> None:
        """Something about another machine's working copy."""
        self._publish(Peer(time=time.time(), repository=self._name, peer=peer, detail=detail))

    def left_out(self, looked_at: frozenset[bytes] | None, look: Look) -> None:
        """Paths that were left out on purpose, each told once.

        One that was held and is being written now stays so until it can be judged again.
        """
        for entry in look.left_out:
            if entry.path not in self.held or self.held[entry.path].why != entry.why:
                self._tell_held(entry)
        kept = {
            path: left
            for path, left in self.held.items()
            if path in look.unstable or not within(path, looked_at)
        }
        self.held = kept | {entry.path: entry for entry in look.left_out}

    def left_apart(self, finder: str, found: tuple[Left, ...]) -> None:
        """What no look has left out, each told once."""
        before = self.apart.get(finder, ())
        for entry in found:
            if entry not in before:
                self._tell_held(entry)
        self.apart[finder] = found

    @property
    def held_apart(self) -> tuple[Left, ...]:
        """All of that."""
        return tuple(left for found in self.apart.values() for left in found)

    def _tell_held(self, entry: Left) -> None:
        self._publish(
            Held(
                time=time.time(),
                repository=self._name,
                path=entry.path.decode("utf-8", "backslashreplace"),
                why=entry.why,
                hint=in_folder(entry.hint, self._settings.path),
            )
        )

    def problem(self, trouble: Trouble) -> None:
        """Something went wrong, for the first time or in a new way."""
        self._tell_problem(trouble.operation, trouble.message, trouble.hint)
        if trouble.away:
            self._tell_held(trouble_left(trouble))

    def limited(self, message: str, hint: str) -> None:
        """Not all folders can be watched; the rest goes on."""
        self._tell_problem("watch", message, hint)
        self.limit = self._last_error

    def unlimited(self) -> None:
        """Everything is watched again."""
        self.limit = None
        text = "all folders are watched again"
        self._publish(
            Solved(time=time.time(), repository=self._name, operation="watch", message=text)
        )

    def mended(self, message: str) -> None:
        """The repository was damaged, and is in order again: people should know that it was."""
        self._tell_problem("open", message, "nothing is left to do; the files are as they were")
        now = time.time()
        self._publish(Solved(time=now, repository=self._name, operation="open", message=message))

    def _tell_problem(self, operation: str, message: str, hint: str | None) -> None:
        now = time.time()
        self._last_error = LastError(time=now, operation=operation, message=message, hint=hint)
        self._publish(
            Problem(
                time=now, repository=self._name, operation=operation, message=message, hint=hint
            )
        )

    def solved(self, trouble: Trouble) -> None:
        """What went wrong is over."""
        self._publish(
            Solved(
                time=time.time(),
                repository=self._name,
                operation=trouble.operation,
                message=trouble.message,
            )
        )

    @property
    def _name(self) -> str:
        return self._settings.name


def _settlement(settled: Settled) -> str:
    kept = f"{printable(settled.path)}: {settled.why}"
    return f"{kept}, the other version is {printable(settled.copy)}" if settled.copy else kept


def _last_commit(standing: Standing | None) -> LastCommit | None:
    if standing is None or standing.last_commit is None:
        return None
    info = standing.last_commit
    return LastCommit(id=info.id, time=info.time, subject=info.subject)
