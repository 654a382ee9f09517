"""Refuses announcements that were made before, or long ago."""

import enum
from collections import OrderedDict

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
    taken from anybody.
    """

    def __init__(self) -> None:
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._floor = 0

    def judge(self, sender: str, at: int, now: float) -> Verdict:
        """Whether an announcement is new; `at` in microseconds, `now` in seconds."""
        if abs(at / 1e6 - now) > TOLERANCE:
            return Verdict.OTHER_TIME
        if at <= self._newest.get(sender, self._floor):
            return Verdict.AGAIN
        self._newest[sender] = at
        self._newest.move_to_end(sender)
        if len(self._newest) > SENDERS_LIMIT:
            _, oldest = self._newest.popitem(last=False)
            self._floor = max(self._floor, oldest)
        return Verdict.NEW


class Times:
    """The times of our own announcements, each later than the one before."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now: float) -> int:
        """One more, in microseconds; `now` in seconds."""
        self._last = max(self._last + 1, int(now * 1e6))
        return self._last
