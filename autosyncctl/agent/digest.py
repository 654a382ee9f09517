"""Which bubbles are shown, and when: events in, bubbles out; knows no D-Bus and no clock.

What went well is gathered for a moment. A problem is told once, however often it is tried again,
and its bubble is replaced when it is solved. There is never more than one bubble in a few seconds.
"""

from collections.abc import Mapping
from typing import Literal

from autosyncctl.agent import troubles
from autosyncctl.agent.activity import Gathered
from autosyncctl.agent.bubbles import Bubble
from autosyncd.api.events import (
    Committed,
    Conflict,
    Event,
    Held,
    Integrated,
    Problem,
    Pushed,
    Solved,
    StateChanged,
)

Wish = Literal["all", "problems", "none"]

GAP = 3.0
"""Seconds between two bubbles."""

MOMENT = 1.5
"""Seconds for which what happens is gathered; a problem that passes by then is never told."""


class Digest:
    """Times are seconds on any one clock."""

    def __init__(self) -> None:
        self._wishes: Mapping[str, Wish] = {}
        self._states: dict[str, str] = {}
        self._gathered = Gathered()
        self._waiting: dict[str, Bubble] = {}
        self._told: dict[str, str] = {}
        self._shown: set[str] = set()
        self._due: float | None = None
        self._last = float("-inf")

    def begin(self, wishes: Mapping[str, Wish], states: Mapping[str, str], now: float) -> None:
        """What is wanted of each repository, and its state; after each connection anew.

        The empty name stands for what belongs to none: the channels.
        """
        self._wishes, self._states = dict(wishes), dict(states)
        known = self._told.keys() | self._shown
        for key in sorted(key for key in known if not self._troubled(key)):
            self._solve(key, troubles.over(key), now)

    def hear(self, event: Event, now: float) -> None:
        """Something happened."""
        name = event.repository
        if isinstance(event, StateChanged):
            self._states[name or ""] = event.state
        wish = self._wishes.get(name or "", "all")
        if wish == "none" or (name is None and not isinstance(event, Problem | Solved)):
            return
        match event:
            case Problem():
                self._tell(troubles.problem(event), now)
            case Solved():
                self._solve(troubles.key_of(event), troubles.solved(event), now)
            case Conflict():
                self._tell(troubles.conflict(event), now)
            case Held():
                self._tell(troubles.held(event, self._waiting), now)
            case Committed() | Pushed() | Integrated() if wish == "all":
                self._gathered.hear(event)
                self._wait(now)

    @property
    def due(self) -> float | None:
        """When to `take`, None if nothing waits."""
        return None if self._due is None else max(self._due, self._last + GAP)

    def take(self, now: float) -> Bubble | None:
        """The bubble to be shown now, if any."""
        if self.due is None or now < self.due:
            return None
        bubble = self._next()
        if bubble:
            self._last = now
            (self._shown.add if bubble.stays else self._shown.discard)(bubble.key)
        if not (self._waiting or self._gathered.doings):
            self._due = None
        return bubble

    def _next(self) -> Bubble | None:
        """Problems first; that a remote can't be reached is no news worth a bubble."""
        while self._waiting:
            key = next(iter(self._waiting))
            bubble = self._waiting.pop(key)
            if not bubble.stays or self._states.get(troubles.repository_of(key)) != "offline":
                return bubble
            self._told.pop(key, None)
        return self._gathered.bubble()

    def _tell(self, bubble: Bubble, now: float) -> None:
        if self._told.get(bubble.key) == bubble.body:
            return
        self._told[bubble.key] = bubble.body
        self._waiting[bubble.key] = bubble
        self._wait(now)

    def _solve(self, key: str, bubble: Bubble, now: float) -> None:
        """What was told is replaced; what was not told yet never is."""
        self._told.pop(key, None)
        if (waiting := self._waiting.get(key)) and waiting.stays:
            del self._waiting[key]
        if key in self._shown:
            self._waiting[key] = bubble
            self._wait(now)

    def _wait(self, now: float) -> None:
        if self._due is None:
            self._due = now + MOMENT

    def _troubled(self, key: str) -> bool:
        if not key.startswith(troubles.PROBLEM):
            return True
        return self._states.get(troubles.repository_of(key)) in ("blocked", "failed", "offline")
