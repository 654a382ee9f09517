"""Deletions that were committed a short while ago: those that trickle in count together."""

from collections.abc import Callable, Iterable, Mapping

WITHIN = 3600.0
"""Seconds."""

Keep = Callable[[Mapping[bytes, float]], None]


class Deleted:
    """What was deleted, and when in Unix seconds; `keep` is given all that is known whenever that
    changes, and `known` is what was kept before."""

    def __init__(
        self, known: Mapping[bytes, float] | None = None, keep: Keep = lambda _known: None
    ) -> None:
        self._at = dict(known or {})
        self._keep = keep

    def add(self, paths: Iterable[bytes], now: float) -> None:
        """These were deleted by a commit."""
        self._set({**self._at, **dict.fromkeys(paths, now)})

    def still(self, exists: Callable[[bytes], bool], now: float) -> int:
        """How many of them are still gone; those that exist again are forgotten.

        One from the future was deleted before somebody set the clock back.
        """
        young = {path: at for path, at in self._at.items() if abs(now - at) < WITHIN}
        self._set({path: at for path, at in young.items() if not exists(path)})
        return len(self._at)

    def clear(self) -> None:
        """The user knows of them."""
        self._set({})

    def _set(self, now: dict[bytes, float]) -> None:
        if now != self._at:
            self._at = now
            self._keep(now)
