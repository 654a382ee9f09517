"""A channel without wires, for the daemon's tests; it passes the contract of all channels."""

import asyncio
from dataclasses import dataclass, field

from autosyncd.channels.base import Announcement, Condition, Heard, Link, Served
from autosyncd.channels.outbox import Outbox
from autosyncd.channels.report import Report


@dataclass
class Air:
    """What all machines of a test hear; `up` is whether anything gets through."""

    stations: list["AirChannel"] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    up: bool = True

    def switch(self, *, up: bool) -> None:
        """Cut the connection of everybody, or give it back."""
        self.up = up
        for station in self.stations:
            station.turn.set()


class AirChannel:
    """One machine's end."""

    name = "air"

    def __init__(self, air: Air, link: Link, name: str = "air") -> None:
        self.name = name
        self.turn = asyncio.Event()
        self.followed: tuple[Served, ...] = ()
        self.ups = 0
        self._air = air
        self._link = link
        self._outbox = Outbox()
        self._report = Report(name, link)

    async def run(self) -> None:
        """Listen until cancelled."""
        self._air.stations.append(self)
        try:
            while True:
                self.turn.clear()
                if self._air.up:
                    await self._session()
                else:
                    self._report.lost("the air is still")
                    await self.turn.wait()
        finally:
            self._air.stations.remove(self)
            self._report.ended()

    async def _session(self) -> None:
        self._report.connected("a voice in the air")
        self._link.refresh()
        while self._air.up:
            for announcement in self._outbox.take():
                self._send(announcement)
            waits = [
                asyncio.ensure_future(self._outbox.wait()),
                asyncio.ensure_future(self._turn()),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()

    async def _turn(self) -> None:
        await self.turn.wait()

    def _send(self, told: Announcement) -> None:
        self._link.announced(told)
        for station in self._air.stations:
            if station is not self:
                station.hear(told)

    def hear(self, told: Announcement) -> None:
        """Somebody spoke."""
        self._link.heard(
            Heard(
                channel=self.name,
                sender=told.sender,
                url=told.url,
                roots=told.roots,
                commit=told.commit,
                peer_url=told.peer_url,
            )
        )

    def announce(self, announcement: Announcement) -> None:
        """Tell all others."""
        self._outbox.put(announcement)

    def follow(self, repositories: tuple[Served, ...]) -> None:
        """Note who uses this channel."""
        self.followed = repositories

    def network_up(self) -> None:
        """Nothing depends on a network here."""
        self.ups += 1

    def status(self) -> Condition:
        """How it is."""
        return self._report.condition
