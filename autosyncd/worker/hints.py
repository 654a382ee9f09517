"""Where to look: the changed paths that have been hinted at and not been looked at yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LIMIT = 20_000
"""Paths remembered one by one; beyond that, looking everywhere is cheaper."""


@dataclass(frozen=True, slots=True)
class Hinted:
    """`paths` to look at (None: everywhere), and since when some of them have been hinted at."""

    paths: frozenset[bytes] | None
    since: Mapping[bytes, float] = field(default_factory=dict)

    def first(self, path: bytes) -> float | None:
        """When a path, or a folder around it, was first hinted at."""
        while path and path not in self.since:
            path = path.rpartition(b"/")[0]
        return self.since.get(path)


class Hints:
    """A set of paths, or everything; times are on the loop's clock."""

    def __init__(self) -> None:
        self._since: dict[bytes, float] = {}
        self._everything = False

    def add(self, paths: Iterable[bytes] | None, at: float) -> None:
        """Look at these, too, which changed at `at`; None is everything."""
        if paths is None:
            self._everything = True
        else:
            new = frozenset(paths) - self._since.keys()
            self._since.update(dict.fromkeys(new, at))
        if len(self._since) > LIMIT:
            self._everything = True

    def take(self) -> Hinted:
        """Hand over where to look, and forget it."""
        taken = Hinted(None if self._everything else frozenset(self._since), self._since)
        self._since, self._everything = {}, False
        return taken

    def give_back(self, taken: Hinted) -> None:
        """These could not be looked at; what was looked at beside them is not hinted at by that."""
        self._since.update(taken.since)
        self._everything |= taken.paths is None or len(self._since) > LIMIT

    def __bool__(self) -> bool:
        return self._everything or bool(self._since)

    def __len__(self) -> int:
        return max(len(self._since), int(self._everything))
