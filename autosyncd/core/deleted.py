"""Deletions that were committed a short while ago: those that trickle in count together."""

from collections.abc import Callable, Iterable

WITHIN = 3600.0
"""Seconds."""


class Deleted:
    """What was deleted, and when; times are on any clock that does not jump."""

    def __init__(self) -> None:
        self._at: dict[bytes, float] = {}

    def add(self, paths: Iterable[bytes], now: float) -> None:
        """These were deleted by a commit."""
        self._at.update(dict.fromkeys(paths, now))

    def still(self, exists: Callable[[bytes], bool], now: float) -> int:
        """How many of them are still gone; those that exist again are forgotten."""
        self._at = {
            path: at for path, at in self._at.items() if now - at < WITHIN and not exists(path)
        }
        return len(self._at)

    def clear(self) -> None:
        """The user knows of them."""
        self._at.clear()
