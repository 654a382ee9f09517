"""What stands in a worker's way: one trouble here, one at the remote."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autosyncd.core.approval import Reason
from autosyncd.core.backoff import Backoff
from autosyncd.core.trouble import Trouble
from autosyncd.core.typed import in_folder
from autosyncd.errors import AutosyncError, AwayError, OfflineError
from autosyncd.vcs.base import Left

QUICK = Backoff(base=0.1, cap=2.0)
"""For what passes by itself in a moment, such as the user's own git at work."""

SLOW = Backoff(base=5.0, cap=300.0)
"""For what needs the user."""

ABSENT = Backoff(base=2.0, cap=30.0)
"""For a folder that is not there or can't be opened; looking costs next to nothing."""

REMOTE = Backoff(base=5.0, cap=900.0)
"""For a remote that can't be reached or refuses."""

PATIENCE = 7
"""Quick failures in a row (about 7 s) after which people are told."""

Tell = Callable[[Trouble], None]


class Troubles:
    """One slot: the present trouble, told once and again only when it changes."""

    def __init__(self, folder: Path, problem: Tell, solved: Tell) -> None:
        self._folder = folder
        self._problem = problem
        self._solved = solved
        self._told: Trouble | None = None
        self.present: Trouble | None = None
        self.failures = 0
        """How often anything has failed; tells whether something did since."""

    def fail(self, operation: str, error: AutosyncError, kind: Backoff, now: float) -> Trouble:
        """An operation failed; its next try is due after a delay that grows."""
        before = self.present
        self.failures += 1
        backoff = before.backoff if before and before.operation == operation else kind
        backoff = (backoff if backoff.cap == kind.cap else kind).failed()
        offline = isinstance(error, OfflineError)
        passing = kind is QUICK and backoff.failures < PATIENCE
        self.present = Trouble(
            operation=operation,
            message=error.message,
            hint=in_folder(error.hint, self._folder),
            backoff=backoff,
            retry_at=now + backoff.delay(random.random()),  # noqa: S311 - only spreads retries
            needs_user=not passing and not offline,
            offline=offline,
            away=isinstance(error, AwayError),
            approvable=isinstance(error, AwayError) and error.approvable,
        )
        if not passing and not self.present.same_as(self._told):
            self._problem(self.present)
            self._told = self.present
        return self.present

    def retry_now(self, now: float) -> None:
        """There is reason to believe that the next try succeeds."""
        if self.present:
            self.present = replace(self.present, retry_at=now)

    def begin_anew(self, now: float) -> None:
        """Try at once, and if that fails, soon again: things have changed."""
        if self.present:
            backoff = replace(self.present.backoff, failures=0)
            self.present = replace(self.present, retry_at=now, backoff=backoff)

    def retry_by(self, at: float) -> None:
        """Something changed that may have ended it: try at `at`, if that is sooner."""
        if self.present and at < self.present.retry_at:
            self.retry_now(at)

    def solve(self) -> None:
        """The way is free."""
        if self._told:
            self._solved(self._told)
        self.present = self._told = None

    def shut(self, now: float) -> bool:
        """Whether the next try is not due yet."""
        return self.present is not None and now < self.present.retry_at


def trouble_left(trouble: Trouble) -> Left:
    """The watched folder as a whole, which is held since it is not there."""
    reason = Reason.AWAY if trouble.approvable else None
    return Left(b".", trouble.message, trouble.hint, reason)
