"""Announcements that wait to be sent: the newest of each repository, so that they can't pile up."""

import asyncio

from autosyncd.channels.base import Announcement


class Outbox:
    """The newest announcement of each repository, the longest waiting first."""

    def __init__(self) -> None:
        self._waiting: dict[str, Announcement] = {}
        self._arrived = asyncio.Event()

    def put(self, announcement: Announcement) -> None:
        """Replace what waits of the same repository; never waits."""
        self._waiting[announcement.repository] = announcement
        self._arrived.set()

    def put_back(self, announcements: tuple[Announcement, ...]) -> None:
        """These could not be sent; newer ones that came meanwhile take their place."""
        self._waiting = {a.repository: a for a in announcements} | self._waiting
        if self._waiting:
            self._arrived.set()

    def take(self) -> tuple[Announcement, ...]:
        """All that wait, and none does any more."""
        self._arrived.clear()
        waiting, self._waiting = tuple(self._waiting.values()), {}
        return waiting

    async def wait(self) -> None:
        """Return when something waits."""
        await self._arrived.wait()
