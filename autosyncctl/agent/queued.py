"""Bubbles that wait to be drawn."""

import threading

from autosyncctl.agent.bubbles import Bubble

QUEUED = 50
"""Bubbles that wait for a server; the oldest go."""


class Queued:
    """The newest bubble of each key, oldest first; any thread may put and take."""

    def __init__(self) -> None:
        self._bubbles: dict[str, Bubble] = {}
        self._lock = threading.Lock()

    def put(self, bubble: Bubble) -> None:
        """It takes the place of an older one with its key."""
        with self._lock:
            self._bubbles.pop(bubble.key, None)
            self._bubbles[bubble.key] = bubble
            while len(self._bubbles) > QUEUED:
                del self._bubbles[next(iter(self._bubbles))]

    def put_back(self, bubble: Bubble) -> None:
        """It could not be drawn, or is to be drawn again: unless there is a newer one by now."""
        with self._lock:
            self._bubbles.setdefault(bubble.key, bubble)

    def take(self) -> Bubble | None:
        """The next one, if any."""
        with self._lock:
            key = next(iter(self._bubbles), None)
            return None if key is None else self._bubbles.pop(key)
