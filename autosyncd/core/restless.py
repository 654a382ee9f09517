"""Files that are written all the time, so that they can never be read in peace."""

from collections.abc import Callable, Iterable


class Restless:
    """Since when paths were found changing at every look; times are on any clock that does not
    jump."""

    def __init__(self) -> None:
        self._since: dict[bytes, float] = {}

    def looked(
        self, covers: Callable[[bytes], bool], changing: Iterable[bytes], now: float
    ) -> None:
        """These were changing of all that was looked at, which is what `covers` says."""
        found = frozenset(changing)
        kept = {p: at for p, at in self._since.items() if p in found or not covers(p)}
        self._since = dict.fromkeys(found, now) | kept

    def longer_than(self, seconds: float, now: float) -> tuple[bytes, ...]:
        """Those that have been changing for longer, sorted."""
        return tuple(sorted(p for p, at in self._since.items() if now - at > seconds))
