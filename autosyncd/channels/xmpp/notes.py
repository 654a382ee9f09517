"""Plain-text messages about pushes and problems, for `also_notify`."""

import asyncio
from collections import deque
from collections.abc import Callable

from autosyncd.api.events import Event, Problem, Pushed, Solved
from autosyncd.channels.base import Link
from autosyncd.core import diary
from autosyncd.core.messages import printable

GATHERED = 2.0
"""Seconds in which what happens together becomes one message."""

GAP = 5.0
"""Seconds between two messages at least."""

KEPT = 50
LINES = 20


class Notes:
    """What happened and was not told yet; the newest of it, while nobody can be told."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._missed = 0
        self._arrived = asyncio.Event()

    async def collect(self) -> None:
        """Listen to everything that happens, until cancelled."""
        with self._link.events() as events:
            async for _ in events.arrivals():
                for event in events.drain():
                    self._note(event)

    def _note(self, event: Event) -> None:
        if isinstance(event, Pushed | Problem | Solved):
            self._missed += len(self._lines) == KEPT
            self._lines.append(printable(diary.line(event).encode("utf-8", "replace")))
            self._arrived.set()

    async def send(self, say: Callable[[str], None]) -> None:
        """Send them, until cancelled."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHERED)
            say(self._text())
            await asyncio.sleep(GAP - GATHERED)

    def _text(self) -> str:
        """The oldest lines, under the head that dvcs-autosync gave its messages, too."""
        missed, self._missed = self._missed, 0
        more = (f"({missed} more before that)",) if missed else ()
        lines = [self._lines.popleft() for _ in range(min(LINES, len(self._lines)))]
        if not self._lines:
            self._arrived.clear()
        return f"[autosync on {self._link.host}]: " + "\n".join((*more, *lines))
