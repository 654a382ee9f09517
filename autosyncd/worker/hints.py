"""Where to look: the changed paths that have been hinted at and not been looked at yet."""

from collections.abc import Iterable

LIMIT = 20_000
"""Paths remembered one by one; beyond that, looking everywhere is cheaper."""


class Hints:
    """A set of paths, or everything."""

    def __init__(self) -> None:
        self._paths: set[bytes] = set()
        self._everything = False

    def add(self, paths: Iterable[bytes] | None) -> None:
        """Look at these, too; None is everything."""
        if paths is None:
            self._everything = True
        else:
            self._paths.update(paths)
        if len(self._paths) > LIMIT:
            self._everything = True

    def take(self) -> frozenset[bytes] | None:
        """Hand over where to look (None: everywhere), and forget it."""
        paths = None if self._everything else frozenset(self._paths)
        self._paths, self._everything = set(), False
        return paths

    def __bool__(self) -> bool:
        return self._everything or bool(self._paths)

    def __len__(self) -> int:
        return max(len(self._paths), int(self._everything))
