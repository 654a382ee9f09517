"""The reflector channel keeps the contract with every server, and trusts nobody too much."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from autosyncd.api.events import DaemonEvent, Problem
from autosyncd.channels.base import Channel, Link, Served
from autosyncd.channels.reflector.channel import ReflectorChannel
from autosyncd.channels.reflector.seal import MARK, seal_of
from autosyncd.channels.reflector.told import Told
from autosyncd.config.model import ReflectorSettings, Secret
from autosyncd.reflector.tls import context
from tests.channels.contract import ChannelContract, Station, running, station, until
from tests.channels.fanout import Fanout
from tests.ports import free_port
from tests.reflector.certificates import certificate_in
from tests.reflector.reflecting import Reflector

KEY = Secret(value="a shared secret")
REVISION = "d" * 40


def served(name: str, root: Path = Path("/nowhere")) -> Served:
    """A repository such as the contract announces."""
    return Served(
        repository=name,
        url=f"ssh://me@host/{name}.git",
        root=root,
        roots=("a" * 40, "b" * 40) if name == "docs" else (),
        environment={},
    )


EVERYTHING = (served("docs"), *(served(f"repository-{number}") for number in range(50)))


class OwnServer:
    """A medium: autosync's own reflector."""

    def __init__(self, key: Secret | None = None) -> None:
        self.port = free_port()
        self.reflector = Reflector(port=self.port)
        self._key = key
        self._up = True

    def channel(self, link: Link) -> Channel:
        channel = ReflectorChannel(
            ReflectorSettings(url=f"tcp://127.0.0.1:{self.port}", key=self._key), link
        )
        channel.follow(EVERYTHING)
        return channel

    async def cut(self) -> None:
        self.close()

    async def restore(self) -> None:
        self.reflector, self._up = Reflector(port=self.port), True

    def close(self) -> None:
        if self._up:
            self.reflector.close()
        self._up = False


class CServer:
    """A medium: the C server."""

    def __init__(self) -> None:
        self.fanout = Fanout()

    def channel(self, link: Link) -> Channel:
        url = f"tcp://127.0.0.1:{self.fanout.port}"
        channel = ReflectorChannel(ReflectorSettings(url=url), link)
        channel.follow(EVERYTHING)
        return channel

    async def cut(self) -> None:
        await self.fanout.stop()

    async def restore(self) -> None:
        await self.fanout.start()


class TestWithTheOwnServer(ChannelContract):
    @pytest.fixture
    def medium(self) -> Iterator[OwnServer]:
        medium = OwnServer()
        yield medium
        medium.close()


class TestWithAKey(ChannelContract):
    @pytest.fixture
    def medium(self) -> Iterator[OwnServer]:
        medium = OwnServer(KEY)
        yield medium
        medium.close()


class TestWithTheCServer(ChannelContract):
    @pytest.fixture
    async def medium(self) -> AsyncIterator[CServer]:
        medium = CServer()
        await medium.fanout.start()
        yield medium
        await medium.fanout.stop()


@pytest.fixture
async def fanout() -> AsyncIterator[Fanout]:
    server = Fanout()
    await server.start()
    yield server
    await server.stop()


def at(
    fanout: Fanout,
    machine: str = "1",
    key: Secret | None = None,
    *served_: Served,
    facts: dict[str, str] | None = None,
) -> Station:
    """A machine that uses this server."""
    settings = ReflectorSettings(url=f"tcp://127.0.0.1:{fanout.port}", key=key)
    built = station(lambda link: ReflectorChannel(settings, link), machine * 16, facts)
    built.channel.follow(served_ or (served("docs"),))
    return built


async def turn(fanout: Fanout, *stations: Station) -> None:
    """All that was told to these so far has been acted upon."""
    fanout.tell(b"debug!turn\n")
    await until(lambda: all("debug!turn" in vars(one.channel)["_warned"] for one in stations))


async def test_the_server_learns_neither_the_url_nor_who_speaks(fanout: Fanout) -> None:
    one = at(fanout)
    async with running(one):
        one.channel.announce(one.announcement())
        await until(lambda: one.announced)
    wire = b"".join(fanout.requests)
    for secret in (b"host", b"docs", b"a" * 20, b"c" * 20, b"1" * 16, b"laptop"):
        assert secret not in wire
    assert b"\r" not in wire


async def test_sparkleshare_s_clients_hear_and_are_heard(fanout: Fanout, tmp_path: Path) -> None:
    (tmp_path / ".sparkleshare").write_text(f"  {'e' * 40}\n\n")
    one = at(fanout, "1", None, served("docs", tmp_path))
    async with running(one):
        assert b"subscribe %b\n" % (b"e" * 40) in fanout.requests
        one.channel.announce(one.announcement())
        await until(lambda: one.announced)
        assert b"announce %b %b\n" % (b"e" * 40, b"c" * 40) in fanout.requests
        fanout.tell(b"%b!%b\n" % (b"e" * 40, REVISION.encode()))
        await until(lambda: one.heard)
        fanout.tell(b"%b!%b\n" % (b"e" * 40, REVISION.encode()))
        fanout.tell(b"%b!%b\r\n" % (b"e" * 40, b"f" * 40))
        await until(lambda: len(one.heard) == 2)
    heard = one.heard[0]
    assert (heard.repository, heard.commit, heard.authenticated) == ("docs", REVISION, False)
    assert one.heard[1].commit == "f" * 40, "neither its own echo nor a repetition is heard"


@pytest.mark.parametrize(
    "text", ["", "two words", "a!b", "\0", "ümläut", "x" * 500, "bell\a", "two\nlines"]
)
async def test_an_identifier_that_can_not_name_a_channel_is_none(
    fanout: Fanout, tmp_path: Path, text: str
) -> None:
    (tmp_path / ".sparkleshare").write_text(text)
    async with running(at(fanout, "1", None, served("docs", tmp_path))):
        pass
    assert all(request.split()[-1].isalnum() for request in fanout.requests)


async def test_only_the_key_s_holders_are_authenticated_and_find_each_other(
    fanout: Fanout,
) -> None:
    one, two = at(fanout, "1", KEY), at(fanout, "2", KEY)
    keyless, other = at(fanout, "3"), at(fanout, "4", Secret(value="another"))
    async with running(one, two, keyless, other):
        one.channel.announce(one.announcement())
        await until(lambda: two.heard)
        keyless.channel.announce(keyless.announcement())
        await until(lambda: keyless.announced)
        await turn(fanout, one, two, keyless, other)
    assert [heard.authenticated for heard in two.heard] == [True]
    assert (keyless.heard, other.heard, one.heard) == ([], [], [])


async def test_a_replay_is_refused_and_so_is_what_was_tampered_with(fanout: Fanout) -> None:
    one, two = at(fanout, "1", KEY), at(fanout, "2", KEY)
    async with running(one, two):
        one.channel.announce(one.announcement())
        await until(lambda: two.heard)
        announced = [line.split() for line in fanout.requests if line.startswith(b"announce")]
        for _, channel, message in announced:
            fanout.tell(channel + b"!" + message + b"\n")
            changed = message[:-1] + (b"A" if message[-1:] != b"A" else b"B")
            fanout.tell(channel + b"!" + changed + b"\n")
            fanout.tell(channel + b"!" + MARK.encode() + b"\n")
            fanout.tell(channel + b"!" + MARK.encode() + b"\xff\xe4\n")
        one.channel.announce(one.announcement(commit="e" * 40))
        await until(lambda: len(two.heard) > 1)
    assert [heard.commit for heard in two.heard] == ["c" * 40, "e" * 40]
    assert len(announced) == 3


@pytest.mark.parametrize("killed", [False, True])
async def test_a_replay_is_refused_also_after_a_restart(fanout: Fanout, *, killed: bool) -> None:
    one, two = at(fanout, "1", KEY), at(fanout, "2", KEY)
    async with running(one, two):
        one.channel.announce(one.announcement())
        await until(lambda: two.heard)
        if killed:
            await until(lambda: two.facts)
            left = dict(two.facts)
    recorded = [line.split() for line in fanout.requests if line.startswith(b"announce")]
    again = at(fanout, "2", KEY, facts=left if killed else dict(two.facts))
    one = at(fanout, "1", KEY, facts=dict(one.facts))
    async with running(one, again):
        for _, channel, message in recorded:
            fanout.tell(channel + b"!" + message + b"\n")
        one.channel.announce(one.announcement(commit="e" * 40))
        await until(lambda: again.heard)
    assert [heard.commit for heard in again.heard] == ["e" * 40]


async def test_without_a_key_nothing_is_written_for_anybody(fanout: Fanout) -> None:
    one, two = at(fanout, "1"), at(fanout, "2")
    async with running(one, two):
        one.channel.announce(one.announcement())
        await until(lambda: two.heard)
    assert (one.facts, two.facts) == ({}, {})


async def test_a_clock_that_is_wrong_is_told_once_and_its_words_are_refused(
    fanout: Fanout, caplog: pytest.LogCaptureFixture
) -> None:
    two = at(fanout, "2", KEY)
    seal = seal_of("url ssh://me@host/docs", "a shared secret")
    async with running(two):
        for number, wrong in enumerate((-400, 400, -100_000)):
            old = Told(sender="9" * 16, at=int((time.time() + wrong) * 1e6), commit="c" * 40)
            message = seal.close(msgspec.json.encode(old), bytes([number]) * 16)
            fanout.tell(f"{seal.channel}!{message}\n".encode())
        new = Told(sender="9" * 16, at=int(time.time() * 1e6), commit="d" * 40)
        message = seal.close(msgspec.json.encode(new), b"n" * 16)
        fanout.tell(f"{seal.channel}!{message}\n".encode())
        await until(lambda: two.heard)
    assert [heard.commit for heard in two.heard] == ["d" * 40]
    assert caplog.text.count("are refused: its clock") == 1


async def test_plain_words_in_a_channel_with_a_key_are_hints_only(fanout: Fanout) -> None:
    two = at(fanout, "2", KEY)
    seal = seal_of("url ssh://me@host/docs", "a shared secret")
    async with running(two):
        fanout.tell(f"{seal.channel}!some words\n{seal.channel}!{REVISION}\n".encode())
        await until(lambda: two.heard)
    assert [(heard.commit, heard.authenticated) for heard in two.heard] == [(REVISION, False)]


async def test_machines_that_know_the_remote_by_other_urls_find_each_other_by_the_history(
    fanout: Fanout,
) -> None:
    alias = Served(
        repository="papers",
        url="nas:/volume/docs",
        root=Path("/papers"),
        roots=("b" * 40,),
        environment={},
    )
    one, two = at(fanout, "1"), at(fanout, "2", None, alias)
    async with running(one, two):
        one.channel.announce(one.announcement())
        await until(lambda: two.heard)
    assert [(heard.repository, heard.commit) for heard in two.heard] == [("papers", "c" * 40)]


async def test_two_working_copies_of_one_remote_both_hear(fanout: Fanout) -> None:
    one = at(fanout, "1")
    two = at(
        fanout,
        "2",
        None,
        served("docs"),
        Served(
            repository="copy",
            url="me@host:docs",
            root=Path("/copy"),
            environment={},
        ),
    )
    async with running(one, two):
        one.channel.announce(one.announcement())
        await until(lambda: len(two.heard) == 2)
    assert {heard.repository for heard in two.heard} == {"docs", "copy"}


async def test_a_repository_that_comes_later_is_subscribed_and_looked_at(fanout: Fanout) -> None:
    one = at(fanout, "1")
    async with running(one):
        await until(lambda: one.refreshes)
        before = len(fanout.requests)
        one.channel.follow((served("docs"), served("more")))
        await until(lambda: len(one.refreshes) == 2)
        one.channel.follow((served("more"),))
        await until(lambda: any(b"unsubscribe" in line for line in fanout.requests[before:]))
    asked = [line.split()[0] for line in fanout.requests[before:] if line != b"ping\n"]
    assert asked == [b"subscribe", *[b"unsubscribe"] * 3]


async def test_a_server_that_answers_nothing_any_more_is_noticed(
    fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncd.channels.reflector.connection.ANSWER", 0.3)
    monkeypatch.setattr("autosyncd.channels.reflector.channel.PING", 0.1)
    one = at(fanout)
    async with running(one):
        monkeypatch.setattr(fanout, "_act", lambda _line, _writer: None)
        await until(lambda: not one.connected)
        assert "does not answer" in one.channel.status().detail


async def test_what_is_no_reflector_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    settings = ReflectorSettings(url=f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    one = station(lambda link: ReflectorChannel(settings, link), "1")
    task = asyncio.create_task(one.channel.run())
    await until(lambda: "no reflector" in one.channel.status().detail)
    task.cancel()
    await asyncio.wait({task})
    server.close()


async def test_a_full_server_is_tried_again_and_said_once(
    fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ReflectorSettings(url=f"tcp://127.0.0.1:{fanout.port}")
    one = station(lambda link: ReflectorChannel(settings, link), "1")
    serve = fanout._serve

    async def busy(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"debug!busy\n")
        writer.close()

    await fanout.stop()
    monkeypatch.setattr(fanout, "_serve", busy)
    await fanout.start()
    task = asyncio.create_task(one.channel.run())
    await until(lambda: "no place left" in one.channel.status().detail)
    await fanout.stop()
    monkeypatch.setattr(fanout, "_serve", serve)
    await fanout.start()
    await until(lambda: one.connected)
    task.cancel()
    await asyncio.wait({task})
    said = [event for event in one.events if isinstance(event, DaemonEvent)]
    assert len([event for event in said if "not connected" in str(event.detail)]) <= 2


async def test_tls_needs_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    certificate = certificate_in(tmp_path)
    with closing(Reflector(tls=context(str(certificate), None))) as reflector:
        url = f"tls://localhost:{reflector.address[1]}"
        trusting = ReflectorSettings(url=url, ca_file=certificate)
        one = station(lambda link: ReflectorChannel(trusting, link), "1" * 16)
        two = station(lambda link: ReflectorChannel(trusting, link), "2" * 16)
        for each in (one, two):
            each.channel.follow(EVERYTHING)
        async with running(one, two):
            one.channel.announce(one.announcement())
            await until(lambda: two.heard)
        wary = station(lambda link: ReflectorChannel(ReflectorSettings(url=url), link), "3")
        task = asyncio.create_task(wary.channel.run())
        await until(lambda: wary.channel.status().needs_user)
        task.cancel()
        await asyncio.wait({task})
    (problem,) = (event for event in wary.events if isinstance(event, Problem))
    assert "not to be trusted" in problem.message
    assert "ca_file" in str(problem.hint)


async def test_a_key_that_can_not_be_read_is_said_with_what_to_do(
    fanout: Fanout, tmp_path: Path
) -> None:
    one = at(fanout, "1", Secret(file=tmp_path / "none"))
    task = asyncio.create_task(one.channel.run())
    await until(lambda: one.channel.status().needs_user)
    assert "none: No such file" in one.channel.status().detail
    (tmp_path / "none").write_text("the key\nand more\n")
    one.channel.network_up()
    await until(lambda: one.connected)
    task.cancel()
    await asyncio.wait({task})
    assert len([event for event in one.events if isinstance(event, Problem)]) == 1
