"""One client: what it may still ask for, and what waits to be sent to it."""

from autosyncd.reflector.limits import Limits
from autosyncd.reflector.outbox import Outbox
from autosyncd.reflector.wire import Wire


class Client:
    """A connection with what it is subscribed to and its share of everything."""

    __slots__ = (
        "_budget",
        "_counted_at",
        "_limits",
        "_outbox",
        "_outgoing",
        "_rests_until",
        "address",
        "back_at",
        "channels",
        "incoming",
        "is_sparkleshare",
        "mask",
        "paused",
        "reads_all",
        "since",
        "stalled_at",
        "wire",
    )

    def __init__(self, wire: Wire, address: bytes, now: float, limits: Limits) -> None:
        self.wire = wire
        self.address = address
        self.since = now
        self.channels: set[bytes] = set()
        self.incoming = b""
        self.mask = 0
        self.paused = False
        self.back_at: float | None = None
        """When its next turn is due though nothing came from it."""
        self.is_sparkleshare = False
        self.reads_all = False
        """Whether it has said that it reads every line, however close to another."""
        self.stalled_at: float | None = None
        """Since when it has taken nothing of what it should get."""
        self._limits = limits
        self._budget = limits.burst
        self._counted_at = now
        self._outgoing = b""
        self._outbox: Outbox | None = None
        self._rests_until = 0.0

    # --- what it asks for

    def pay(self, cost: int, now: float) -> float:
        """Take `cost` deliveries off its allowance; returns how many seconds it has to wait first,
        and then nothing is taken."""
        limits = self._limits
        earned = (now - self._counted_at) * limits.allowance
        self._budget = min(self._budget + earned, limits.burst)
        self._counted_at = now
        due = min(float(max(cost, 1)), limits.burst)
        if self._budget < due:
            return (due - self._budget) / limits.allowance
        self._budget -= due
        return 0.0

    # --- what it gets

    @property
    def hasty(self) -> bool:
        """Whether it loses lines that come close to each other."""
        return self.is_sparkleshare and not self.reads_all

    @property
    def waiting(self) -> int:
        """Bytes that wait to be sent to it."""
        return len(self._outgoing) + (self._outbox.size if self._outbox else 0)

    def put(self, channel: bytes, line: bytes) -> None:
        """Send a line as soon as it can be."""
        if self._outbox is None:
            self._outbox = Outbox()
        self._outbox.put(channel, line, 1 if self.hasty else self._limits.per_channel)

    def flush(self, now: float) -> float | None:
        """Send what can be sent now; returns when to come back for more, None: when it can be
        written to, or never. Raises OSError."""
        while self._outgoing or self._outbox:
            if not self._outgoing:
                if self.hasty and now < self._rests_until:
                    return self._rests_until
                self._outgoing = self._next(now)
            sent = self.wire.send(self._outgoing)
            if sent:
                self.stalled_at = None
            if sent < len(self._outgoing):
                self._outgoing = self._outgoing[sent:]
                if self.stalled_at is None:
                    self.stalled_at = now
                return None
            self._outgoing = b""
        return None

    @property
    def blocked(self) -> bool:
        """Whether it has to be writable before anything else can be sent."""
        return bool(self._outgoing)

    def _next(self, now: float) -> bytes:
        outbox = self._outbox
        if outbox is None:
            return b""
        self._rests_until = now + self._limits.gap
        taken = outbox.take_one() if self.hasty else outbox.take_some()
        if not outbox:
            self._outbox = None
        return taken
