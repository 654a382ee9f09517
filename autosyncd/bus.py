"""Fans events out to whoever subscribed; a slow reader loses the oldest and is told."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from autosyncd.api.events import DaemonEvent, Event

QUEUE_LIMIT = 1000
JOURNAL_LIMIT = 50_000
"""Events that one reader may be behind; the journal should miss none."""


class Subscription:
    """One reader's queue of events, oldest first."""

    def __init__(self, limit: int) -> None:
        self._events: deque[Event] = deque(maxlen=limit)
        self._arrived = asyncio.Event()
        self._lost = 0

    def put(self, event: Event) -> None:
        """Append an event; the oldest goes if the queue is full."""
        self._lost += len(self._events) == self._events.maxlen
        self._events.append(event)
        self._arrived.set()

    async def take(self) -> tuple[Event, ...]:
        """Wait for events and return all there are, with a note of how many were lost before."""
        await self._arrived.wait()
        return self.drain()

    def drain(self) -> tuple[Event, ...]:
        """Return what there is, without waiting."""
        self._arrived.clear()
        events = tuple(self._events)
        self._events.clear()
        if not self._lost:
            return events
        lost, self._lost = self._lost, 0
        note = DaemonEvent(time=time.time(), what="lost", detail=f"{lost} events, read too slowly")
        return (note, *events)

    async def arrivals(self) -> AsyncIterator[None]:
        """Wake whenever there is something to drain."""
        while True:
            await self._arrived.wait()
            yield


class Bus:
    """Where everybody says what happened, and anybody may listen."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, event: Event) -> None:
        """Hand an event to all subscribers; never waits."""
        for subscription in self._subscriptions:
            subscription.put(event)

    @contextmanager
    def subscribe(self, limit: int = QUEUE_LIMIT) -> Iterator[Subscription]:
        """Listen to all events published inside the `with` block."""
        subscription = Subscription(limit)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def until(self, reached: Callable[[], bool], limit: float) -> None:
        """Wait until that is so, looking at every event, or for so many seconds."""
        try:
            async with asyncio.timeout(limit):
                with self.subscribe() as changes:
                    while not reached():
                        await changes.take()
        except TimeoutError:
            pass
