"""What is known of announcements' times, also after a restart: a recording stays a recording."""

import asyncio
from collections.abc import Callable

import msgspec

from autosyncd.channels.reflector.replays import Replays, Times, Verdict

FACT = "reflector times"
SOON = 0.05
"""Seconds in which several changes are written at once."""


class Kept(msgspec.Struct, frozen=True):
    """As it is written: the newest of each machine, what nothing may be older than, our own last.

    All in microseconds.
    """

    newest: dict[str, int] = {}
    floor: int = 0
    last: int = 0


class Memory:
    """Judges times, and gives them; whatever changes is remembered soon."""

    def __init__(
        self, recall: Callable[[str], str | None], remember: Callable[[str, str], None]
    ) -> None:
        kept = _decoded(recall(FACT))
        self._replays = Replays(kept.newest, kept.floor)
        self._times = Times(kept.last)
        self._remember = remember
        self._due: asyncio.TimerHandle | None = None

    def judge(self, sender: str, at: int, now: float) -> Verdict:
        """Whether an announcement is new; `at` in microseconds, `now` in seconds."""
        verdict = self._replays.judge(sender, at, now)
        if verdict is Verdict.NEW:
            self._write_soon()
        return verdict

    def next(self, now: float) -> int:
        """The time of one more announcement of ours, in microseconds; `now` in seconds."""
        at = self._times.next(now)
        self._write_soon()
        return at

    def write(self) -> None:
        """Write what has changed; nothing is due any more."""
        if self._due:
            self._due.cancel()
            self._due = None
            kept = Kept(self._replays.newest, self._replays.floor, self._times.last)
            self._remember(FACT, msgspec.json.encode(kept).decode())

    def _write_soon(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(SOON, self.write)


def _decoded(text: str | None) -> Kept:
    try:
        return msgspec.json.decode(text or "{}", type=Kept)
    except (msgspec.MsgspecError, ValueError):
        return Kept()
