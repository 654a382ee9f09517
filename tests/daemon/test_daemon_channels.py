"""Announcements between daemons, over a channel without wires."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from autosyncd.api import types as api
from autosyncd.api.events import Announced, Heard, Integrated, StateChanged
from autosyncd.channels.available import Settings
from autosyncd.channels.base import Announcement, Channel, Link
from autosyncd.channels.base import Heard as ChannelHeard
from autosyncd.config.model import (
    ChannelSettings,
    Config,
    ReflectorSettings,
    SshSettings,
)
from autosyncd.core.allowance import Allowance
from autosyncd.daemon import hearing
from tests.channels.air import Air, AirChannel
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick

REFLECTOR = ChannelSettings(reflector=ReflectorSettings(url="tcp://host"))


class Builder:
    """Builds channels without wires, named as the configuration has them, and keeps them."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.built: list[AirChannel] = []

    def __call__(self, settings: Settings, link: Link) -> Channel:
        """Build one."""
        name = "ssh" if isinstance(settings, SshSettings) else "reflector"
        self.built.append(AirChannel(self.air, link, name))
        return self.built[-1]

    def shout(self, **facts: object) -> None:
        """Somebody without a daemon says something."""
        usual: dict[str, object] = {"channel": "reflector", "sender": "somebody"}
        for one in self.built:
            one._link.heard(ChannelHeard(**{**usual, **facts}))  # type: ignore[arg-type]  # a test's own


@asynccontextmanager
async def world(
    folder: Path,
    *machines: tuple[str, Path],
    channels: ChannelSettings = REFLECTOR,
    only: tuple[str, ...] | None = None,
) -> AsyncIterator[tuple[list[House], Builder]]:
    """A daemon for each machine's clone, all resting in step."""
    builder = Builder(Air())
    async with AsyncExitStack() as stack:
        houses = [
            await stack.enter_async_context(
                house(
                    folder / machine,
                    [quick(path, channels=only)],
                    machine=machine,
                    channels=channels,
                    build_channel=builder,
                )
            )
            for machine, path in machines
        ]
        for one, (_, path) in zip(houses, machines, strict=True):
            await one.until(partial(_rests, one, path.name))
        yield houses, builder


def _rests(one: House, name: str) -> bool:
    status = one.daemon.status([name]).repositories[0]
    channels = one.daemon.status(None).daemon.channels
    return status.state == "idle" and all(channel.connected for channel in channels)


def fetches(one: House) -> int:
    """How often the remote was asked."""
    return len(
        [e for e in one.of_kind(StateChanged) if isinstance(e, StateChanged) and e.step == "fetch"]
    )


@pytest.fixture
def pair(tmp_path: Path, remote: Path) -> tuple[tuple[str, Path], tuple[str, Path]]:
    """Two machines' clones of one remote."""
    for machine in ("laptop", "desktop"):
        (tmp_path / machine).mkdir()
    return (
        ("laptop", clone_of(remote, tmp_path / "laptop" / "docs")),
        ("desktop", clone_of(remote, tmp_path / "desktop" / "docs")),
    )


async def test_a_push_is_announced_and_pulled_elsewhere_without_polling(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]]
) -> None:
    async with world(tmp_path, *pair) as ((laptop, desktop), _):
        (pair[0][1] / "todo.md").write_text("milk\n")
        copy = pair[1][1] / "todo.md"
        await desktop.until(copy.exists)
        await desktop.until_number(Integrated, 1)
        commit = git(pair[0][1], "rev-parse", "HEAD")
        announced, heard = laptop.of_kind(Announced), desktop.of_kind(Heard)
        assert [
            (e.repository, e.channel, e.commit) for e in announced if isinstance(e, Announced)
        ] == [("docs", "reflector", commit)]
        assert [
            (e.repository, e.channel, e.sender, e.commit) for e in heard if isinstance(e, Heard)
        ] == [("docs", "reflector", "laptop", commit)]
        assert not laptop.of_kind(Heard), "no echo"
        assert not desktop.of_kind(Announced), "who only pulled has nothing to announce"


async def test_a_repository_is_recognised_by_its_history_where_urls_differ(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]], remote: Path
) -> None:
    other = tmp_path / "elsewhere"
    other.symlink_to(remote)
    git(pair[1][1], "remote", "set-url", "origin", str(other))
    async with world(tmp_path, *pair) as ((_, desktop), _):
        (pair[0][1] / "todo.md").write_text("milk\n")
        await desktop.until((pair[1][1] / "todo.md").exists)


async def test_a_repetition_of_what_is_here_costs_nothing(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]], remote: Path
) -> None:
    async with world(tmp_path, *pair) as ((laptop, desktop), builder):
        commits = []
        for number in range(2):
            (pair[0][1] / "todo.md").write_text(f"{number}\n")
            await desktop.until_number(Integrated, number + 1)
            commits.append(git(pair[1][1], "rev-parse", "HEAD"))
        await desktop.until_state("docs", "idle")
        asked = fetches(desktop), fetches(laptop)
        for commit in commits * 20:
            builder.shout(url=str(remote), commit=commit)
        await asyncio.gather(laptop.daemon.pause(None, None), desktop.daemon.pause(None, None))
        assert (fetches(desktop), fetches(laptop)) == asked


async def test_a_flood_costs_no_more_than_the_limit_allows_and_the_last_one_counts(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]], remote: Path
) -> None:
    async with world(tmp_path, pair[0]) as ((laptop,), builder):
        asked, began = fetches(laptop), time.monotonic()
        for number in range(20_000):
            builder.shout(
                url=str(remote),
                commit=f"{number:040}",
                sender=f"liar {number}",
                authenticated=False,
            )
        await laptop.until(lambda: fetches(laptop) > asked)
        await laptop.until_state("docs", "idle")
        allowed = 3 + int((time.monotonic() - began) / 10)
        assert fetches(laptop) - asked <= allowed
        heard = len(laptop.of_kind(Heard))
        assert heard <= allowed
        assert len(laptop.daemon._routing._hearing._gates) < 5


async def test_who_is_known_is_heard_through_a_flood_of_others(
    tmp_path: Path,
    pair: tuple[tuple[str, Path], tuple[str, Path]],
    remote: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hearing, "UNKNOWN", Allowance(burst=3, interval=3600.0))
    async with world(tmp_path, *pair) as ((_, desktop), builder):
        for number in range(1000):
            builder.shout(url=str(remote), commit=f"{number:040}", authenticated=False)
        (pair[0][1] / "todo.md").write_text("milk\n")
        await desktop.until((pair[1][1] / "todo.md").exists)


async def test_nonsense_is_shown_to_nobody(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]], remote: Path
) -> None:
    async with world(tmp_path, pair[0]) as ((laptop,), builder):
        builder.shout(url=str(remote), commit="\x1b[2J" * 1000, sender="\x1b[2J\udcff\n" * 1000)
        await laptop.until_number(Heard, 1)
        (event,) = laptop.of_kind(Heard)
        assert isinstance(event, Heard)
        assert event.commit is None
        assert event.sender.isprintable()
        assert len(event.sender) <= 100


async def test_only_the_channels_of_a_repository_are_used(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]], remote: Path
) -> None:
    both = replace(REFLECTOR, ssh=SshSettings())
    async with world(tmp_path, pair[0], channels=both, only=("ssh",)) as ((laptop,), builder):
        asked = fetches(laptop)
        builder.shout(url=str(remote), commit="c" * 40, channel="reflector")
        (pair[0][1] / "todo.md").write_text("milk\n")
        await laptop.until_number(Announced, 1)
        (event,) = laptop.of_kind(Announced)
        assert isinstance(event, Announced)
        assert event.channel == "ssh"
        assert not laptop.of_kind(Heard)
        followed = {one.name: len(one.followed) for one in builder.built}
        assert followed == {"ssh": 1, "reflector": 0}
        assert fetches(laptop) == asked + 1, "only that of the push"


async def test_a_new_session_looks_at_all_repositories_once(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]]
) -> None:
    async with world(tmp_path, pair[0]) as ((laptop,), builder):
        seed = tmp_path / "seed"
        builder.air.switch(up=False)
        await laptop.until(lambda: not laptop.daemon.status(None).daemon.channels[0].connected)
        (seed / "missed").write_text("said while nobody listened\n")
        git(seed, "add", "-A")
        git(seed, "commit", "-q", "-m", "missed")
        git(seed, "push", "-q")
        builder.air.switch(up=True)
        await laptop.until((pair[0][1] / "missed").exists)
        assert not laptop.of_kind(Heard), "nobody was heard"


async def test_reload_starts_and_ends_channels_and_leaves_the_others_alone(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]]
) -> None:
    async with world(tmp_path, pair[0]) as ((laptop,), builder):
        kept = builder.built[0]
        both = replace(REFLECTOR, ssh=SshSettings())
        laptop.config = Config(repositories=laptop.config.repositories, channels=both)
        await laptop.daemon.reload()
        await laptop.until(lambda: len(builder.air.stations) == 2)
        assert [one.name for one in laptop.daemon.status(None).daemon.channels] == [
            "reflector",
            "ssh",
        ]
        assert [one.name for one in builder.built] == ["reflector", "ssh"]
        assert [one.repository for one in builder.built[1].followed] == ["docs"]
        other = ChannelSettings(reflector=ReflectorSettings(url="tcp://other"))
        laptop.config = Config(repositories=laptop.config.repositories, channels=other)
        await laptop.daemon.reload()
        await laptop.until(lambda: builder.air.stations == [builder.built[2]])
        assert kept not in builder.air.stations
    assert not builder.air.stations, "a stopped daemon has ended its channels"


async def test_a_reload_tries_again_what_waits_for_the_user(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]]
) -> None:
    async with world(tmp_path, pair[0]) as ((laptop,), builder):
        builder.built[0]._report.failed("the password is wrong", "mend it")
        finding = next(
            f for f in (await laptop.daemon.doctor(None)).findings if "channel" in f.message
        )
        assert (finding.level, finding.hint) == ("problem", "mend it")
        assert "the password is wrong" in finding.message
        assert _channel(laptop).hint == "mend it"
        await laptop.daemon.reload()
        await laptop.until(lambda: _channel(laptop).connected)
        assert _channel(laptop).hint is None
        assert len(builder.built) == 2
        await laptop.daemon.reload()
        assert len(builder.built) == 2, "one that works is left alone"


async def test_a_channel_that_crashes_says_so_and_comes_back(
    tmp_path: Path, pair: tuple[tuple[str, Path], tuple[str, Path]]
) -> None:
    async with world(tmp_path, pair[0]) as ((laptop,), builder):
        channel = builder.built[0]
        link, channel._link = channel._link, None  # type: ignore[assignment] # this is the bug
        channel.announce(_announcement())
        await laptop.until(lambda: "crashed" in str(_channel(laptop).detail))
        finding = next(
            f for f in (await laptop.daemon.doctor(None)).findings if "channel" in f.message
        )
        assert finding.level == "problem"
        channel._link = link
        await laptop.until(lambda: _channel(laptop).connected)
        await laptop.until_state("docs", "idle")


def _channel(one: House) -> api.Channel:
    return one.daemon.status(None).daemon.channels[0]


def _announcement() -> Announcement:
    return Announcement(repository="docs", url="nas:docs", commit="c" * 40, sender="me")


async def test_a_channel_and_a_repository_may_have_the_same_name(
    tmp_path: Path, remote: Path
) -> None:
    (tmp_path / "laptop").mkdir()
    path = clone_of(remote, tmp_path / "reflector")
    async with world(tmp_path, ("laptop", path)) as ((laptop,), builder):
        laptop.config = Config(repositories=laptop.config.repositories)
        await laptop.daemon.reload()
        await laptop.until(lambda: not builder.air.stations)
        await laptop.until_state("reflector", "idle")
