"""Paths that are left out for a reason that only time or a new version can end."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from autosyncd.vcs.tree.signature import Signature

STAGED_GRACE = 600.0
"""Seconds in which a version staged by hand waits for its user's commit."""
REFUSED_RETRY = 600.0
"""Seconds after which something git refused is offered to it again, though it did not change."""


@dataclass(frozen=True, slots=True)
class _Refused:
    signature: Signature | None
    why: str
    until: float


@dataclass(slots=True)
class Withheld:
    """What is known of such paths; times are on the monotonic clock."""

    staged_grace: float = STAGED_GRACE
    _staged: dict[bytes, tuple[str, float]] = field(default_factory=dict)
    _refused: dict[bytes, _Refused] = field(default_factory=dict)

    def wait_for_user(self, path: bytes, oid: str, now: float) -> float:
        """Seconds that the staged version `oid` still waits; not more than 0 when it is over."""
        known = self._staged.get(path)
        if known is None or known[0] != oid:
            known = self._staged[path] = (oid, now + self.staged_grace)
        return known[1] - now

    def refuse(self, path: bytes, signature: Signature | None, why: str, now: float) -> None:
        """git would not take a path as it is."""
        self._refused[path] = _Refused(signature, why, now + REFUSED_RETRY)

    def refusal(self, path: bytes, signature: Signature | None, now: float) -> str | None:
        """Why git would not take this very version a short while ago."""
        known = self._refused.get(path)
        if known is None:
            return None
        if known.signature == signature and now < known.until:
            return known.why
        del self._refused[path]
        return None

    def settle(self, path: bytes) -> None:
        """Nothing is staged apart at a path any more."""
        self._staged.pop(path, None)

    def forget(self, paths: Iterable[bytes]) -> None:
        """These do not differ from the last commit any more."""
        for path in paths:
            self._staged.pop(path, None)
            self._refused.pop(path, None)

    def due(self, now: float) -> frozenset[bytes]:
        """Paths whose time has come: look at them, too."""
        staged = {path for path, (_, until) in self._staged.items() if until <= now}
        return frozenset(staged | {p for p, known in self._refused.items() if known.until <= now})
