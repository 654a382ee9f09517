"""What is said over XMPP, and what is understood of it."""

import xml.etree.ElementTree as ET

import pytest

from autosyncd.channels.base import Announcement, Heard
from autosyncd.channels.xmpp import words
from autosyncd.channels.xmpp.peers import Kind, Peers

OWN = "me@example.org/laptop.1"


def message(*elements: ET.Element, sender: str = "me@example.org/desk", **more: str) -> ET.Element:
    made = ET.Element("{jabber:client}message", {"from": sender, "id": "1", **more})
    made.extend(elements)
    return made


def body(text: str) -> ET.Element:
    made = ET.Element("{jabber:client}body")
    made.text = text
    return made


def sent(stanza: ET.Element) -> ET.Element:
    """As it arrives."""
    return ET.fromstring(ET.tostring(stanza))  # noqa: S314 - our own


def heard(stanza: ET.Element) -> Heard | None:
    said = words.understand(stanza, OWN, "xmpp")
    return said.heard if said else None


def test_an_announcement_arrives_as_it_was_sent_whatever_is_in_it() -> None:
    told = Announcement(
        repository="docs",
        url='ssh://me@host/a&b <c> "d" é',
        commit="c" * 40,
        sender="machine",
        roots=("a" * 40, "b" * 40),
        peer_url="ssh://laptop/x",
    )
    wire = sent(message(words.push(told)))
    assert heard(wire) == Heard(
        channel="xmpp",
        sender="machine",
        url=told.url,
        roots=told.roots,
        commit=told.commit,
        peer_url=told.peer_url,
    )


def test_what_no_xml_may_hold_is_written_so_that_the_stream_survives() -> None:
    told = Announcement(repository="d", url="/srv/\x01\udcff\x1b", commit="c", sender="m")
    assert heard(sent(message(words.push(told)))) is not None
    assert heard(sent(message(body(words.legacy_push(told))))) is not None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("pushed nas:docs.git", "nas:docs.git"),
        ("  PUSHED   nas:docs.git \n", "nas:docs.git"),
        ("pushed b'nas:docs.git\\n'", "nas:docs.git"),
        ('pushed b"it\'s here\\n"', "it's here"),
        ("pushed /a path/with spaces", "/a path/with spaces"),
    ],
)
def test_the_words_of_dvcs_autosync_are_understood(text: str, url: str) -> None:
    found = heard(message(body(text)))
    assert found is not None
    assert (found.url, found.sender, found.commit) == (url, "desk", None)


@pytest.mark.parametrize("text", ["pushed", "pushed  ", "push x", "login x", "", "x" * 10_000])
def test_other_words_say_nothing(text: str) -> None:
    assert heard(message(body(text))) is None
    assert heard(message(body(f"pushed {'x' * 10_000}"))) is None


@pytest.mark.parametrize(
    "sender", ["you@example.org/x", OWN, "me@example.org", "me@evil.org/x", "", "ME@example.org"]
)
def test_only_other_clients_of_the_own_account_are_understood(sender: str) -> None:
    assert words.understand(message(body("pushed x"), sender=sender), OWN, "xmpp") is None


def test_errors_and_group_chats_say_nothing() -> None:
    for kind in ("error", "groupchat"):
        assert words.understand(message(body("pushed x"), type=kind), OWN, "xmpp") is None


def copied(outer: str, inner: str) -> ET.Element:
    copy = ET.Element("{urn:xmpp:carbons:2}sent")
    ET.SubElement(copy, "{urn:xmpp:forward:0}forwarded").append(
        message(body("pushed x"), sender=inner)
    )
    return message(copy, sender=outer)


def test_copies_count_only_from_the_account_itself() -> None:
    assert heard(copied("me@example.org", "me@example.org/desk")) is not None
    for outer in ("me@example.org/desk", "you@example.org", "example.org", ""):
        assert words.understand(copied(outer, "me@example.org/desk"), OWN, "xmpp") is None
    assert words.understand(copied("me@example.org", "you@example.org/x"), OWN, "xmpp") is None
    assert words.understand(copied("me@example.org", OWN), OWN, "xmpp") is None


def test_a_huge_or_empty_announcement_harms_nobody() -> None:
    push = ET.Element(f"{{{words.NAMESPACE}}}push", {"commit": "c" * 100_000})
    for number in range(1000):
        ET.SubElement(push, f"{{{words.NAMESPACE}}}root").text = str(number)
    ET.SubElement(push, f"{{{words.NAMESPACE}}}url").text = "u" * 100_000
    found = heard(message(push))
    assert found is not None
    assert found.url is None
    assert len(found.roots) <= 32
    assert found.sender == "desk"


def presence(sender: str, *elements: ET.Element, kind: str | None = None) -> ET.Element:
    made = ET.Element("{jabber:client}presence", {"from": sender})
    if kind:
        made.set("type", kind)
    made.extend(elements)
    return made


def test_presences_tell_who_is_there_and_how_to_talk_to_them() -> None:
    peers = Peers()
    chat = ET.Element("{http://jabber.org/protocol/caps}c")
    for stanza in (
        presence("me@example.org/desk", words.mark("machine", "desktop")),
        presence("me@example.org/phone", chat),
        presence("me@example.org/AutosyncJabberBot on attic"),
        presence("you@example.org/x"),
        presence(OWN),
        presence("me@example.org"),
    ):
        peers.presence(stanza, OWN)
    assert {peer.host: peer.kind for peer in peers} == {
        "desktop": Kind.AUTOSYNC,
        "phone": Kind.CHAT,
        "AutosyncJabberBot on attic": Kind.LEGACY,
    }
    assert peers.presence(presence("me@example.org/phone", chat), OWN) is None, "not new"
    peers.presence(presence("me@example.org/phone", kind="unavailable"), OWN)
    assert "phone" not in {peer.host for peer in peers}
    peers.forget()
    assert not list(peers)
