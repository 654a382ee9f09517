"""Refuses announcements that were made before, or long ago."""

import enum
from collections import OrderedDict
from collections.abc import Mapping

TOLERANCE = 300.0
"""Seconds by which the clocks of two machines may differ."""

SENDERS_LIMIT = 1000


class Verdict(enum.Enum):
    """What is to be thought of an announcement's time."""

    NEW = enum.auto()
    AGAIN = enum.auto()
    OTHER_TIME = enum.auto()


class Replays:
    """The newest announcement of each machine: those of one machine come in the order of time.

    When so many machines are known that one has to be forgotten, nothing older than its newest is
    taken from anybody. What was known of a time that is in the future by now came from a clock that
    was wrong, as ours was: that is no reason to hear nothing of a machine until then.
    """

    def __init__(self, newest: Mapping[str, int] | None = None, floor: int = 0) -> None:
        self._newest = OrderedDict(newest or {})
        self.floor = floor

    @property
    def newest(self) -> dict[str, int]:
        """The time of each machine's newest, the longest silent first."""
        return dict(self._newest)

    def judge(self, sender: str, at: int, now: float) -> Verdict:
        """Whether an announcement is new; `at` in microseconds, `now` in seconds."""
        if abs(at / 1e6 - now) > TOLERANCE:
            return Verdict.OTHER_TIME
        if at <= self._newest.get(sender, self.floor) <= (now + TOLERANCE) * 1e6:
            return Verdict.AGAIN
        self._newest[sender] = at
        self._newest.move_to_end(sender)
        if len(self._newest) > SENDERS_LIMIT:
            _, oldest = self._newest.popitem(last=False)
            self.floor = max(self.floor, oldest)
        return Verdict.NEW


class Times:
    """The times of our own announcements, each later than the one before.

    A `last` that was far in the future is no reason to be refused by everybody until then.
    """

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def next(self, now: float) -> int:
        """One more, in microseconds; `now` in seconds."""
        at = int(now * 1e6)
        self.last = at if self.last > at + TOLERANCE * 1e6 else max(self.last + 1, at)
        return self.last
