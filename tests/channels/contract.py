"""What every channel keeps to; a channel's tests subclass `ChannelContract` and give it a medium.

class TestTheAir(ChannelContract):
    @pytest.fixture
    def medium(self) -> Iterator[Medium]: ...
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from autosyncd.api.events import Event, Problem
from autosyncd.bus import Bus
from autosyncd.channels.base import Announcement, Channel, Heard, Link
from tests.waiting import LIMIT as LIMIT
from tests.waiting import until as until


class Medium(Protocol):
    """What carries announcements in a test: a server, a socket, the air."""

    def channel(self, link: Link) -> Channel:
        """One machine's end, not running yet."""

    async def cut(self) -> None:
        """From now on nobody is connected."""

    async def restore(self) -> None:
        """From now on everybody can be again."""


@dataclass
class Station:
    """One machine: its channel, and all that the channel said to the daemon."""

    machine: str
    channel: Channel
    heard: list[Heard] = field(default_factory=list)
    announced: list[Announcement] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refreshes: list[None] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The machine's name."""
        return f"host-{self.machine[:4]}"

    @property
    def connected(self) -> bool:
        """Whether the channel says so."""
        return self.channel.status().connected

    def announcement(self, repository: str = "docs", commit: str = "c" * 40) -> Announcement:
        """A push by this machine."""
        return Announcement(
            repository=repository,
            url=f"ssh://me@host/{repository}.git",
            commit=commit,
            sender=self.machine,
            roots=("a" * 40, "b" * 40),
            peer_url="ssh://laptop/home/me/docs & <more>",
        )


def station(
    build: Callable[[Link], Channel], machine: str, facts: dict[str, str] | None = None
) -> Station:
    """A machine whose channel does not run yet; `facts` are what it remembers of earlier runs."""
    bus, facts = Bus(), {} if facts is None else facts

    def publish(event: Event) -> None:
        built.events.append(event)
        bus.publish(event)

    link = Link(
        machine=machine,
        host=f"host-{machine[:4]}",
        environment={},
        heard=lambda heard: built.heard.append(heard),
        announced=lambda announcement: built.announced.append(announcement),
        refresh=lambda: built.refreshes.append(None),
        publish=publish,
        events=bus.subscribe,
        recall=facts.get,
        remember=facts.__setitem__,
    )
    built = Station(machine, build(link), facts=facts)
    return built


@asynccontextmanager
async def running(*stations: Station) -> AsyncIterator[None]:
    """Run their channels, and wait until they are connected."""
    tasks = [asyncio.create_task(one.channel.run()) for one in stations]
    try:
        await until(lambda: all(one.connected for one in stations) or _first_error(tasks))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=LIMIT)
        assert all(task.done() for task in tasks), "a cancelled channel ends"


def _first_error(tasks: list["asyncio.Task[None]"]) -> bool:
    for task in tasks:
        if task.done():
            task.result()
            raise AssertionError("a channel runs until it is cancelled")
    return False


class ChannelContract:
    """The promises; each test gets a fresh medium."""

    tells_senders = True
    """Whether those who hear of a push are told who pushed, and where else the objects are."""

    @pytest.fixture
    def stations(self, medium: Medium) -> tuple[Station, Station, Station]:
        """Three machines."""
        one, two, three = (station(medium.channel, name * 16) for name in "123")
        return one, two, three

    async def test_all_others_hear_a_push_once_and_oneself_does_not(
        self, stations: tuple[Station, Station, Station]
    ) -> None:
        one, two, three = stations
        async with running(*stations):
            told = one.announcement()
            one.channel.announce(told)
            await until(lambda: two.heard and three.heard)
            last = two.announcement("last")
            two.channel.announce(last)
            await until(lambda: one.heard and three.heard[1:])
        for listener in (two, three):
            heard = listener.heard[0]
            assert (heard.url, heard.commit) == (told.url, told.commit)
            assert set(heard.roots) == set(told.roots)
            if self.tells_senders:
                assert (heard.sender, heard.peer_url) == (told.sender, told.peer_url)
            assert heard.channel == listener.channel.name
        assert [heard.url for heard in one.heard] == [last.url]
        assert [heard.url for heard in three.heard] == [told.url, last.url]
        assert one.announced == [told]

    async def test_pushes_of_many_repositories_all_arrive(
        self, stations: tuple[Station, Station, Station]
    ) -> None:
        one, two, _ = stations
        told = [one.announcement(f"repository-{number}") for number in range(50)]
        async with running(one, two):
            for announcement in told:
                one.channel.announce(announcement)
            await until(lambda: len(two.heard) >= len(told))
        assert sorted(str(heard.url) for heard in two.heard) == sorted(one.url for one in told)

    async def test_a_new_session_asks_to_look_at_everything_once(
        self, stations: tuple[Station, Station, Station]
    ) -> None:
        one = stations[0]
        async with running(one):
            await until(lambda: one.refreshes)
        assert len(one.refreshes) == 1

    async def test_what_is_lost_is_said_and_connected_again_without_help(
        self, medium: Medium, stations: tuple[Station, Station, Station]
    ) -> None:
        one, two, _ = stations
        async with running(one, two):
            await medium.cut()
            await until(lambda: not one.connected and not two.connected)
            assert one.channel.status().detail
            one.channel.announce(one.announcement(commit="d" * 40))
            one.channel.announce(one.announcement(commit="e" * 40))
            await medium.restore()
            for station_ in (one, two):
                station_.channel.network_up()
            await until(lambda: one.connected and two.connected)
            await until(lambda: len(one.refreshes) == 2 and len(two.refreshes) == 2)
            # Another repository: what waited at the other may just now move the ref of the first.
            two.channel.announce(two.announcement("last"))
            await until(lambda: one.heard)
        told = {announcement.commit for announcement in one.announced}
        assert told <= {"e" * 40}, "the newest, unless all others will look after it by themselves"
        assert {heard.commit for heard in two.heard} <= {"e" * 40}
        assert not [event for event in one.events if isinstance(event, Problem)]

    async def test_a_channel_that_does_not_run_takes_everything_and_never_raises(
        self, stations: tuple[Station, Station, Station]
    ) -> None:
        one = stations[0]
        one.channel.announce(one.announcement())
        one.channel.follow(())
        one.channel.network_up()
        assert not one.connected
        assert one.channel.status().detail

    async def test_an_ended_channel_says_so_and_can_run_again(
        self, stations: tuple[Station, Station, Station]
    ) -> None:
        one, two, _ = stations
        async with running(two):
            async with running(one):
                pass
            assert not one.connected
            async with running(one):
                one.channel.announce(one.announcement())
                await until(lambda: two.heard)
