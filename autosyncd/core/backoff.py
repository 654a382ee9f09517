"""How long to wait before trying again."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling delays from `base` to at most `cap` seconds."""

    base: float
    cap: float
    failures: int = 0

    def failed(self) -> "Backoff":
        """One more failure."""
        return replace(self, failures=self.failures + 1)

    def delay(self, jitter: float) -> float:
        """Seconds to wait; `jitter` from 0 to 1 shortens them by up to half, so that machines
        that failed together do not come back together."""
        exponent = min(max(self.failures - 1, 0), 30)
        return min(self.base * 2.0**exponent, self.cap) * (1 - jitter / 2)
