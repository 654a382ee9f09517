"""What is to be hinted when the current round of reading or walking is over."""

from collections.abc import Iterable

from autosyncd.watch.base import ControlTouched, Hint, RootGone, RulesTouched, Touched

PATHS_LIMIT = 20_000
"""With more paths than this, looking everywhere is cheaper than naming them."""


class Pending:
    """Collects paths and facts until they are taken as few hints."""

    __slots__ = ("control", "everything", "gone", "paths", "rules")

    def __init__(self) -> None:
        self.paths: set[bytes] = set()
        self.everything = False
        self.control = False
        self.rules = False
        self.gone = False

    def add(self, path: bytes) -> None:
        """A path that may have changed."""
        self.paths.add(path)

    def add_all(self, paths: Iterable[bytes]) -> None:
        """Paths that may have changed."""
        self.paths.update(paths)
        if len(self.paths) > PATHS_LIMIT:
            self.everything = True
            self.paths.clear()

    def take(self) -> tuple[Hint, ...]:
        """The hints, at most one of a kind; and begin anew."""
        hints: list[Hint] = []
        if self.control:
            hints.append(ControlTouched())
        if self.rules:
            hints.append(RulesTouched())
        if self.everything or len(self.paths) > PATHS_LIMIT:
            hints.append(Touched(None))
        elif self.paths:
            hints.append(Touched(frozenset(self.paths)))
        if self.gone:
            hints.append(RootGone())
        self.paths.clear()
        self.everything = self.control = self.rules = self.gone = False
        return tuple(hints)
