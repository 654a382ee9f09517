"""The XMPP channel against a real server: who hears what, and what happens when things break."""

import asyncio
import gc
import resource
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.api.events import DaemonEvent, Event, Peer, Problem, Pushed, Solved
from autosyncd.channels.base import Channel, Link
from autosyncd.channels.xmpp.pace import Pace
from autosyncd.config.model import Secret
from tests.channels.contract import Station, running, station, until
from tests.channels.xmpp.conftest import QUICK, XmppMedium
from tests.channels.xmpp.link import Wire
from tests.channels.xmpp.other_client import CAPABILITIES, Legacy, OtherClient
from tests.channels.xmpp.prosody import Prosody

URL = "ssh://me@host/docs.git"


def machine(medium: XmppMedium, name: str, **changes: object) -> Station:
    """A machine with settings of its own."""

    def build(link: Link) -> Channel:
        return medium.channel(link, **changes)  # type: ignore[arg-type]  # a test's own

    return station(build, name * 16)


@asynccontextmanager
async def trying(one: Station) -> AsyncIterator[None]:
    """Run a channel that may never be connected."""
    task = asyncio.create_task(one.channel.run())
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait([task])


def of_kind(one: Station, kind: type) -> list[Event]:
    """What it published."""
    return [event for event in one.events if isinstance(event, kind)]


# --- dvcs-autosync, chat clients, strangers


async def test_dvcs_autosync_hears_a_login_and_every_push_in_its_own_words(
    medium: XmppMedium,
) -> None:
    one, old = machine(medium, "1"), Legacy("attic", medium.server.port)
    async with running(one):
        await old.start()
        await until(lambda: of_kind(one, Peer))
        told = one.announcement()
        one.channel.announce(told)
        await until(lambda: one.announced)
        await until(lambda: len(old.bodies()) >= 3)
        ours = [body for body in old.bodies() if "AutosyncJabberBot" not in body]
        assert [body.partition(" ")[0] for body in ours] == ["login", "pushed"]
        assert ours[1] == f"pushed {told.url}"
        (message,) = [
            m for m in old.messages if (m.findtext("{jabber:client}body") or "") == ours[1]
        ]
        assert message.get("type") == "chat", "it ignores all other types"
        seen = {presence.get("from") for presence in old.presences}
        assert message.get("from") in seen, "it ignores those whose presence it has not seen"
        await old.go()


@pytest.mark.parametrize("body", [f"pushed {URL}", f"pushed {URL}\n", f"pushed b'{URL}\\n'"])
async def test_dvcs_autosync_is_heard_once_and_never_answered(
    medium: XmppMedium, body: str
) -> None:
    one, two, old = machine(medium, "1"), machine(medium, "2"), Legacy("attic", medium.server.port)
    async with running(one, two):
        await old.start()
        old.tell(body)
        await until(lambda: one.heard and two.heard)
        for nonsense in ("ping", "help", "whoami", "pong", "unknown", "pushed", "pushed ", "hello"):
            old.tell(nonsense)
        old.tell("pushed the-end")
        await until(lambda: one.heard[1:] and two.heard[1:])
        await old.answered()
        for listener in (one, two):
            assert [heard.url for heard in listener.heard] == [URL, "the-end"]
            assert listener.heard[0].sender == "AutosyncJabberBot on attic"
            assert listener.heard[0].commit is None
        senders = {message.get("from", "") for message in old.messages}
        said = [m for m in old.messages if "AutosyncJabberBot" not in m.get("from", "")]
        assert len(said) == 2, f"a login by each, and no answers; {senders}"
        await old.go()


async def test_a_message_to_one_machine_alone_is_heard_by_it(medium: XmppMedium) -> None:
    one, two, old = machine(medium, "1"), machine(medium, "2"), Legacy("attic", medium.server.port)
    async with running(one, two):
        await old.start()
        to_one = one.channel.status().detail
        old.tell(f"pushed {URL}", to=to_one)
        await until(lambda: one.heard)
        await old.answered()
        assert len(one.heard) == 1
        await old.go()


async def test_chat_clients_show_nothing_and_get_the_messages_of_friends(
    medium: XmppMedium,
) -> None:
    one, two = machine(medium, "1"), machine(medium, "2")
    phone = OtherClient("me@localhost/phone", medium.server.port)
    friend = OtherClient("stranger@localhost/home", medium.server.port)
    async with running(one, two):
        await phone.come(CAPABILITIES, copies=True)
        one.channel.announce(one.announcement())
        await until(lambda: one.announced and two.heard)
        await phone.answered()
        assert phone.bodies() == []
        assert {message.get("type") for message in phone.messages} <= {"headline"}
        await phone.go()
        await friend.come()
        friend.make_message(mto="me@localhost", mbody="lunch?", mtype="chat").send()
        await friend.answered()
        again = OtherClient("me@localhost/phone", medium.server.port)
        await again.come(CAPABILITIES)
        await until(lambda: "lunch?" in again.bodies())
        for client in (again, friend):
            await client.go()


async def test_strangers_are_neither_heard_nor_answered(medium: XmppMedium) -> None:
    one, friend = machine(medium, "1"), OtherClient("stranger@localhost/x", medium.server.port)
    async with running(one):
        await friend.come()
        address = one.channel.status().detail
        copy = _forged_copy(address)
        for to in ("me@localhost", address):
            friend.make_message(mto=to, mbody=f"pushed {URL}", mtype="chat").send()
            friend.make_message(mto=to, mbody="ping", mtype="chat").send()
            forged = friend.make_message(mto=to, mbody="copy", mtype="chat")
            forged.xml.append(copy)
            forged.send()
            friend.make_presence(pto=to, ptype="subscribe").send()
        two = machine(medium, "2")
        async with running(two):
            two.channel.announce(two.announcement())
            await until(lambda: one.heard)
        await friend.answered()
        assert [heard.sender for heard in one.heard] == [two.machine]
        assert [m for m in friend.messages if m.get("type") != "error"] == []
        answers = {presence.get("type") for presence in friend.presences}
        assert not answers & {"subscribed", "subscribe", "unsubscribed"}
        await friend.go()


def _forged_copy(address: str) -> ET.Element:
    copy = ET.Element("{urn:xmpp:carbons:2}received")
    forwarded = ET.SubElement(copy, "{urn:xmpp:forward:0}forwarded")
    attributes = {"from": "me@localhost/liar", "to": address, "type": "chat"}
    message = ET.SubElement(forwarded, "{jabber:client}message", attributes)
    ET.SubElement(message, "{jabber:client}body").text = f"pushed {URL}"
    return copy


async def test_a_flood_of_lies_is_not_heard_and_costs_no_memory(medium: XmppMedium) -> None:
    one, two = machine(medium, "1"), machine(medium, "2")
    liar = OtherClient("stranger@localhost/x", medium.server.port)
    async with running(one, two):
        await liar.come()
        address = one.channel.status().detail
        await _lie(liar, address, 2_000)
        two.channel.announce(two.announcement("first"))
        await until(lambda: one.heard)
        before = _memory()
        await _lie(liar, address, 6_000)
        two.channel.announce(two.announcement("second"))
        await until(lambda: one.heard[1:])
        grown = _memory() - before
        assert [heard.sender for heard in one.heard] == [two.machine] * 2
        assert len(one.refreshes) == 1, "the connection has held"
        await liar.go()
    assert grown < 4_000_000


async def _lie(liar: OtherClient, to: str, count: int) -> None:
    """Forged pushes, forged copies and garbage, all of them different."""
    copy = ET.tostring(_forged_copy(to), "unicode")
    push = (
        f"<push xmlns='urn:autosync:push:0' sender='%032x' commit='%040x'><url>{URL}</url></push>"
    )
    kinds = (f"<body>pushed {URL}%x</body>", push.replace("%040x", "c"), f"<a id='%x'/>{copy}")
    for start in range(0, count, 1000):
        lies = (
            f"<message to='{to}' type='chat' id='{n}'>{kinds[n % 3] % n}</message>"
            for n in range(start, start + 1000)
        )
        liar.send_raw("".join(lies))
        await liar.answered()


def _memory() -> int:
    """In bytes, what can be given back left aside."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


# --- logging in


async def test_a_wrong_password_is_said_and_not_tried_again_and_again(medium: XmppMedium) -> None:
    one = machine(medium, "1", password=Secret("guess"))
    async with trying(one):
        await until(lambda: one.channel.status().needs_user)
        one.channel.network_up()
        condition = one.channel.status()
        assert condition.detail == "127.0.0.1 refuses the password of me@localhost"
        assert condition.hint
        assert "password" in condition.hint
        (problem,) = of_kind(one, Problem)
        assert isinstance(problem, Problem)
        assert "guess" not in str(one.events)
        log = medium.server.folder / "prosody.log"
        connections = log.read_text().count("Client connected")
        two = machine(medium, "2")
        async with running(two):
            assert log.read_text().count("Client connected") == connections + 1


async def test_the_password_comes_from_a_program_and_what_is_solved_is_said(
    medium: XmppMedium, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    printing = Secret(command=("cat", str(file)))
    channel = machine(medium, "1", password=printing, pace=replace(QUICK, user=0.2))
    async with trying(channel):
        await until(lambda: channel.channel.status().needs_user)
        assert "No such file" in channel.channel.status().detail
        file.write_text("secret\n")
        await until(lambda: channel.connected)
        assert len(of_kind(channel, Problem)) == len(of_kind(channel, Solved)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"jid": "me@elsewhere.example"}, "127.0.0.1 has no accounts of elsewhere.example"),
        ({"tls": "required"}, "127.0.0.1 offers no encryption, so the password was not sent"),
        ({"ca_file": Path("/no/such/file")}, "cannot read the certificates in /no/such/file"),
        ({"ca_file": Path("/dev/null")}, "cannot read the certificates in /dev/null"),
        ({"jid": 'a"b@localhost'}, 'a"b@localhost is no XMPP address'),
        ({"password": Secret("\ue000")}, "the password has characters that XMPP does not allow"),
        ({"password": Secret("\udcff")}, "the password has characters that XMPP does not allow"),
    ],
)
async def test_what_only_the_user_can_mend_is_named(
    medium: XmppMedium, changes: dict[str, object], said: str
) -> None:
    one = machine(medium, "1", **changes)
    async with trying(one):
        await until(lambda: one.channel.status().needs_user)
        assert one.channel.status().detail.startswith(said)
        assert one.channel.status().hint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ca_file": None}, "cannot trust the certificate of 127.0.0.1"),
        ({"jid": "me@otherhost"}, "cannot trust the certificate of 127.0.0.1: Hostname mismatch"),
        ({"tls": "off"}, "127.0.0.1 insists on encryption, and `tls` is off"),
        ({"password": Secret("guess")}, "127.0.0.1 refuses the password of me@localhost"),
    ],
)
async def test_what_is_wrong_with_encryption_is_named(
    secure: XmppMedium, changes: dict[str, object], said: str
) -> None:
    with (secure.server.folder / "prosody.cfg.lua").open("a") as config:
        folder = secure.server.folder
        config.write(f'VirtualHost "otherhost"\nssl = {{ certificate = "{folder}/localhost.crt",')
        config.write(f' key = "{folder}/localhost.key" }}\n')
    await secure.cut()
    await secure.restore()
    one = machine(secure, "1", **changes)
    async with trying(one):
        await until(lambda: one.channel.status().needs_user)
        assert one.channel.status().detail.startswith(said)
        assert one.channel.status().hint


async def test_a_host_that_does_not_exist_is_told_from_a_network_that_is_away(
    medium: XmppMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")]

    def no_address(*_: object, **__: object) -> None:
        raise answers[0]

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    one = machine(medium, "1", host="xmpp.example.org", pace=replace(QUICK, user=0.2))
    async with trying(one):
        await until(lambda: "cannot look up" in one.channel.status().detail)
        assert not one.channel.status().needs_user
        assert not of_kind(one, Problem)
        answers[0] = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        await until(lambda: one.channel.status().needs_user)
        assert one.channel.status().detail.startswith("there is no host xmpp.example.org")


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(medium: XmppMedium) -> None:
    medium.server.signal(signal.SIGSTOP)
    one = machine(medium, "1", pace=replace(QUICK, login=0.5))
    async with trying(one):
        await until(lambda: "no answer" in one.channel.status().detail)
        medium.server.signal(signal.SIGCONT)
        await medium.cut()
        await medium.restore()
        await until(lambda: one.connected)


async def test_the_network_coming_up_ends_every_wait(medium: XmppMedium) -> None:
    await medium.cut()
    one = machine(medium, "1", pace=replace(QUICK, soon=600, late=600))
    async with trying(one):
        await until(lambda: "cannot reach" in one.channel.status().detail)
        await medium.restore()
        one.channel.network_up()
        await until(lambda: one.connected)


async def test_what_was_announced_last_still_goes_out(medium: XmppMedium) -> None:
    one, two = machine(medium, "1"), machine(medium, "2")
    async with running(two):
        async with running(one):
            last = one.announcement()
            one.channel.announce(last)
        await until(lambda: two.heard)
        assert one.announced == [last]


async def test_a_server_that_reads_slowly_gets_everything_and_is_not_given_up(
    tmp_path: Path,
) -> None:
    async with Prosody(tmp_path / "slow", kilobytes_a_second=3).running() as server:
        medium = XmppMedium(server)
        one, two = (machine(medium, name, pace=replace(QUICK, answer=4)) for name in "12")
        async with running(one, two):
            told = [one.announcement(f"repository-{number}") for number in range(60)]
            for announcement in told:
                one.channel.announce(announcement)
            await until(lambda: len(one.announced) == len(told), limit=60)
            await until(lambda: len(two.heard) >= len(told))
            assert {heard.url for heard in two.heard} == {push.url for push in told}
            assert len(one.refreshes) == len(two.refreshes) == 1, "nobody was given up"


@pytest.mark.parametrize("extensions", [(), ("smacks",), ("carbons",)])
async def test_a_server_that_can_do_little_carries_everything_and_misses_nothing(
    tmp_path: Path, extensions: tuple[str, ...]
) -> None:
    """Without copies (XEP-0280), and without sessions that go on (XEP-0198)."""
    async with Prosody(tmp_path / "plain", extensions=extensions).running() as server:
        medium = XmppMedium(server)
        one, two, old = machine(medium, "1"), machine(medium, "2"), Legacy("attic", server.port)
        async with running(one, two):
            await old.start()
            await until(lambda: of_kind(one, Peer) and of_kind(two, Peer))
            one.channel.announce(one.announcement())
            await until(lambda: two.heard and f"pushed {one.announcement().url}" in old.bodies())
            old.tell(f"pushed {URL}")
            await until(lambda: one.heard and two.heard[1:])
            await old.go()
            await server.stop(signal.SIGKILL)
            await until(lambda: not one.connected and not two.connected)
            await server.start()
            await until(lambda: len(one.refreshes) >= 2 and len(two.refreshes) >= 2)
            two.channel.announce(two.announcement("last"))
            await until(lambda: len(one.heard) == 2)
        assert (len(one.heard), len(two.heard)) == (2, 2), "nothing twice, and no echo"


async def test_a_server_may_speak_tls_from_the_first_byte(
    secure: XmppMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autosyncd.channels.xmpp import client

    port = secure.server.direct_port
    monkeypatch.setattr(client, "DIRECT_TLS_PORTS", (port,))
    one, two = (machine(secure, name, port=port) for name in "12")
    async with running(one, two):
        one.channel.announce(one.announcement())
        await until(lambda: two.heard)
    wary = machine(secure, "3", port=port, ca_file=None)
    async with trying(wary):
        await until(lambda: wary.channel.status().needs_user)
        assert wary.channel.status().detail.startswith("cannot trust the certificate")


def test_a_dead_link_is_noticed_within_a_minute() -> None:
    pace = Pace()
    assert pace.ping + pace.answer < 60


# --- what breaks while we are logged in


@pytest.fixture
async def wire(medium: XmppMedium) -> AsyncIterator[Wire]:
    """A link to the server that can die without a word."""
    opened = Wire(medium.server.port)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_dead_link_is_noticed_and_nothing_is_missed_or_lost(
    medium: XmppMedium, wire: Wire
) -> None:
    one = machine(medium, "1", port=wire.port, pace=replace(QUICK, answer=5))
    two = machine(medium, "2")
    async with running(one, two):
        await until(lambda: len(one.refreshes) == 1)
        wire.kill()
        for number in range(5):
            two.channel.announce(two.announcement(f"to-{number}"))
            one.channel.announce(one.announcement(f"from-{number}"))
        await until(lambda: len(one.heard) == len(two.heard) == len(one.announced) == 5)
        assert {heard.url for heard in one.heard} == {told.url for told in two.announced}
        assert len(one.refreshes) == 1, "the session went on, and the server kept everything"
        lost = [e for e in one.events if isinstance(e, DaemonEvent) and "not conn" in str(e.detail)]
        assert len(lost) == 1


async def test_a_killed_server_is_waited_for_and_what_waited_is_told_then(
    medium: XmppMedium,
) -> None:
    one, two = machine(medium, "1"), machine(medium, "2")
    async with running(one, two):
        await medium.server.stop(signal.SIGKILL)
        one.channel.announce(one.announcement())
        await until(lambda: not one.connected and not two.connected)
        await medium.restore()
        await until(lambda: len(one.refreshes) == 2 and len(two.refreshes) == 2)
        await until(lambda: one.connected and two.connected)


async def test_who_is_driven_out_by_its_own_name_takes_another(medium: XmppMedium) -> None:
    one = machine(medium, "1")
    async with running(one):
        address = one.channel.status().detail
        thief = OtherClient(address, medium.server.port)
        await thief.come()
        await until(lambda: one.connected and one.channel.status().detail != address)
        assert one.channel.status().detail.startswith("me@localhost/host-1")
        await thief.answered()
        await thief.go()


async def test_resources_are_unique_also_when_the_configuration_names_one(
    medium: XmppMedium,
) -> None:
    one, two = (machine(medium, name, jid="me@localhost/home") for name in "12")
    async with running(one, two):
        addresses = {one.channel.status().detail, two.channel.status().detail}
        assert len(addresses) == 2
        assert all(address.startswith("me@localhost/home.") for address in addresses)


# --- also_notify, and the cost of not using any of it


async def test_also_notify_gets_pushes_and_problems_in_plain_words(medium: XmppMedium) -> None:
    boss = OtherClient("stranger@localhost/office", medium.server.port)
    await boss.come()
    links: list[Link] = []

    def build(link: Link) -> Channel:
        links.append(link)
        return medium.channel(link, also_notify="stranger@localhost")

    one = station(build, "1" * 16)
    async with running(one):
        push = Pushed(
            time=0,
            repository="docs",
            commit="c" * 40,
            remote="origin",
            url=None,
            branch="main",
            commits=2,
        )
        links[0].publish(push)
        links[0].publish(
            Problem(time=0, repository="notes", operation="fetch", message="no\x1b way", hint="pay")
        )
        await until(lambda: boss.bodies())
        (body,) = boss.bodies()
        assert body.splitlines() == [
            f"[autosync on {one.host}]: docs: pushed ccccccccc (2 commits) to origin/main",
            "notes: cannot fetch: no\\x1b way; pay",
        ]
        boss.make_message(mto="me@localhost", mbody="thanks", mtype="chat").send()
        await boss.answered()
        assert len(boss.messages) == 1, "nothing is answered"
    await boss.go()


def test_slixmpp_is_loaded_only_where_xmpp_is_configured() -> None:
    program = "import autosyncd.app, autosyncd.channels.xmpp.channel, sys; "
    program += "print('slixmpp' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert finished.stdout == b"False\n"
