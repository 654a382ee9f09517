"""Files that are written all the time, so that they can never be read in peace."""

from collections.abc import Callable, Mapping


class Restless:
    """Since when paths were found changing at every look, or a version of them could be read; times
    are on any clock that does not jump."""

    def __init__(self) -> None:
        self._since: dict[bytes, float] = {}

    def looked(self, covers: Callable[[bytes], bool], changing: Mapping[bytes, float]) -> None:
        """These were changing, each since so long, of all that was looked at, which is what
        `covers` says."""
        kept = {p: at for p, at in self._since.items() if p in changing or not covers(p)}
        self._since = {**changing, **kept}

    def read(self, path: bytes, now: float) -> None:
        """A version could be read all the same."""
        if path in self._since:
            self._since[path] = now

    def since(self, path: bytes) -> float | None:
        """Since when a path was changing at every look; None if it was not at the last one."""
        return self._since.get(path)

    def longer_than(self, seconds: float, now: float) -> tuple[bytes, ...]:
        """Those that have been changing for longer, sorted."""
        return tuple(sorted(p for p, at in self._since.items() if now - at > seconds))
