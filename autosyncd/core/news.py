"""Which changes of state are news, and which only the way through a routine."""

from dataclasses import dataclass

from autosyncd.api.types import State

PASSING: frozenset[State] = frozenset({"starting", "settling", "syncing", "waiting", "stopped"})
"""States on the way: what they led to has an event of its own. That everything stopped is told by
the daemon."""

LASTING: frozenset[State] = frozenset({"offline", "blocked", "failed"})
"""States that go on through every try that changes nothing."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of a repository from before this daemon began; times in Unix seconds.

    `pending` counts the changes that a pause kept from being committed."""

    state: State | None = None
    reason: str | None = None
    since: float = 0.0
    last_push: float | None = None
    last_pull: float | None = None
    pending: int = 0


NOTHING = Earlier()


@dataclass(slots=True)
class News:
    """The state at rest that people were told last, and since when it is so (Unix seconds)."""

    state: State | None = None
    reason: str | None = None
    since: float = 0.0

    def same(self, state: State, reason: str | None) -> bool:
        """Whether people know this already."""
        return (state, reason) == (self.state, self.reason)

    def tell(self, state: State, reason: str | None, now: float) -> bool:
        """Whether a state that was just reached is to be told; then it counts as told."""
        if state in PASSING or self.same(state, reason):
            return False
        self.state, self.reason, self.since = state, reason, now
        return True

    def began(self, state: State, reason: str | None, now: float) -> float:
        """Since when a state that was just reached is there: a try in between ends no trouble."""
        lasting = state in LASTING and self.same(state, reason)
        return self.since if lasting else now
