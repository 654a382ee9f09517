"""How often something may happen: a few times at once, then at a steady rate."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `burst` times at once, and one more every `interval` seconds (generic cell rate
    algorithm, ITU-T I.371). Times are those of whatever clock the caller uses."""

    burst: int
    interval: float
    full_at: float = float("-inf")
    """When all of the burst will be free again."""

    def wait(self, now: float) -> float:
        """Seconds until it may happen; 0 if it may now."""
        return max(0.0, self.full_at - (self.burst - 1) * self.interval - now)

    def spent(self, now: float) -> "Allowance":
        """It happens now."""
        return replace(self, full_at=max(self.full_at, now) + self.interval)
