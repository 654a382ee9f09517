"""When a repository's next steps are due; knows no clock but the times it is given."""

from autosyncd.core.debounce import Debounce

Due = tuple[str, float]
"""What happens by itself, and when."""

NEVER = float("inf")


class Schedule:
    """The times of one repository, in seconds on the loop's clock."""

    def __init__(
        self, *, settle: float, max_settle: float, push_delay: float, pull_interval: float
    ) -> None:
        self._push_delay = push_delay
        self._pull_interval = pull_interval
        self._rest = Debounce(settle, max_settle)
        self._fetch_asked = True
        self._fetch_at = NEVER
        self._push_at = 0.0
        self._dialog = False
        self.fetched = False
        """Whether the remote was asked since the last local commit."""

    # --- local changes

    def changed(self, at: float) -> None:
        """Something changed at `at`."""
        self._rest = self._rest.changed(at)

    def hurry(self, at: float) -> None:
        """Look at `at`, without waiting for rest."""
        self._rest = self._rest.hurried(at)

    def take_changes(self) -> Debounce:
        """All changes so far are being looked at; what comes now starts a new quiet period."""
        taken, self._rest = self._rest, self._rest.cleared()
        return taken

    def give_back(self, taken: Debounce) -> None:
        """The look failed: those changes are still to be looked at."""
        self._rest = taken

    @property
    def look_at(self) -> float | None:
        """When to look, or None if nothing changed."""
        return self._rest.due

    def settled(self, now: float) -> bool:
        """Whether changes wait and have come to rest."""
        return self._rest.due is not None and self._rest.due <= now

    # --- the remote

    def ask_fetch(self) -> None:
        """There is reason to ask the remote at once."""
        self._fetch_asked = True

    def begin_fetch(self) -> None:
        """The remote is being asked; who wants to know more from now on asks again."""
        self._fetch_asked = False

    def end_fetch(self, now: float) -> None:
        """The remote has answered."""
        self._fetch_at = now + self._pull_interval if self._pull_interval else NEVER
        self.fetched = True

    def fetch_due(self, now: float) -> bool:
        """Whether the remote should be asked."""
        return self._fetch_asked or self._fetch_at <= now

    def committed(self, now: float) -> None:
        """A commit was made; it is pushed when no other comes for a while."""
        self.fetched = False
        self._push_at = now + self._push_delay
        self._dialog = False

    def wait_for_dialog(self) -> None:
        """The user is asked about the last commit: push later, by the push delay, but only once."""
        if not self._dialog:
            self._dialog = True
            self._push_at += self._push_delay

    def push_now(self, now: float) -> None:
        """Do not wait any longer with the push."""
        self._push_at = now

    def push_due(self, now: float) -> bool:
        """Whether a push may go out."""
        return self._push_at <= now

    def remote_dues(self, *, gives: bool) -> tuple[Due, ...]:
        """What will be done with the remote; `gives`: there is something to push."""
        push: tuple[Due, ...] = (("push", self._push_at),) if gives else ()
        fetch: tuple[Due, ...] = (("fetch", self._fetch_at),) if self._fetch_at < NEVER else ()
        return push + fetch
