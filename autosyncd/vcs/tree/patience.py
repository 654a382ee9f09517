"""How long an update waits for the paths that it may not touch yet."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from autosyncd.vcs.tree.place import Why

LONGEST = 10.0
"""Seconds after which a path has been waited for long enough, however few attempts they were: on
a busy machine each takes a while, and the other machines wait, too."""

FEWEST = 4
"""Attempts that a path gets in any case."""


@dataclass(slots=True)
class Patience:
    """The attempts at each path since the last update that went through."""

    clock: Callable[[], float] = time.monotonic
    _tries: Counter[tuple[bytes, Why]] = field(default_factory=Counter)
    _since: dict[bytes, float] = field(default_factory=dict)

    def count(self, path: bytes, why: Why) -> int:
        """One more attempt in vain; returns how many there were for this reason."""
        self._since.setdefault(path, self.clock())
        self._tries[path, why] += 1
        return self._tries[path, why]

    def tries(self, path: bytes, why: Why) -> int:
        """How many there were."""
        return self._tries[path, why]

    def over(self, path: bytes, why: Why, attempts: int) -> bool:
        """Whether so many attempts were made, or it has been waited for too long."""
        if self._tries[path, why] >= attempts:
            return True
        total = sum(self._tries[path, reason] for reason in Why)
        return total >= FEWEST and self.clock() - self._since[path] >= LONGEST

    def clear(self) -> None:
        """An update went through."""
        self._tries.clear()
        self._since.clear()
