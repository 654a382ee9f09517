"""What is to be looked at again at a time of its own: young files, and once a day everything."""

import random
from collections.abc import Mapping

from autosyncd.core.schedule import NEVER

DAY = 86_400.0
"""Seconds; every look at everything begins a new day."""

LIMIT = 20_000
"""Young files remembered one by one; beyond that, everything is looked at in their time."""

Looked = frozenset[bytes] | None
"""Paths at and below which was looked, or is to be; None: everywhere."""


class Later:
    """Times are on the loop's clock."""

    def __init__(self) -> None:
        self._young: dict[bytes, float] = {}
        self._whole_at = NEVER

    @property
    def at(self) -> float:
        """When the next such look is due."""
        return min(self.young_at or NEVER, self._whole_at)

    @property
    def young_at(self) -> float | None:
        """When young files are looked at again, or None if there are none."""
        return min(self._young.values(), default=None)

    @property
    def waiting(self) -> int:
        """How many young files there are."""
        return len(self._young)

    def looked(self, where: Looked, young: Mapping[bytes, float], now: float) -> None:
        """There are these young files where was looked; look again in so many seconds.

        Repositories are looked at as a whole over the whole day, not all at once.
        """
        if where is None:
            self._young.clear()
            self._whole_at = now + DAY * (1 - random.random() / 2)  # noqa: S311 - guards nothing
        for path in [path for path in self._young if _within(path, where or frozenset())]:
            del self._young[path]
        self._young.update((path, now + seconds) for path, seconds in young.items())
        if len(self._young) > LIMIT:
            self._whole_at = min(self._whole_at, *self._young.values())
            self._young.clear()

    def take(self, now: float) -> tuple[Looked, ...]:
        """Where to look now; empty if nothing is due."""
        if self._whole_at <= now:
            self._whole_at = NEVER
            return (None,)
        due = frozenset(path for path, at in self._young.items() if at <= now)
        for path in due:
            del self._young[path]
        return (due,) if due else ()


def _within(path: bytes, where: frozenset[bytes]) -> bool:
    """Whether a path or a folder around it is among these."""
    while path and path not in where:
        path = path.rpartition(b"/")[0]
    return bool(path)
