"""When changes have come to rest."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Debounce:
    """A quiet period of `settle` seconds, cut short `max_settle` seconds after the first change.

    `first` and `last` are when the first and the last change came, None without any.
    """

    settle: float
    max_settle: float
    first: float | None = None
    last: float | None = None

    def changed(self, now: float) -> "Debounce":
        """Something changed at `now`."""
        return replace(self, first=now if self.first is None else self.first, last=now)

    def cleared(self) -> "Debounce":
        """All changes so far have been looked at."""
        return replace(self, first=None, last=None)

    def hurried(self, now: float) -> "Debounce":
        """What changed so far is due at `now`."""
        return replace(self, first=now - self.max_settle, last=now)

    @property
    def due(self) -> float | None:
        """When to look, or None without a change."""
        if self.first is None or self.last is None:
            return None
        return min(self.last + self.settle, self.first + self.max_settle)
