"""What is said over XMPP: our own elements, and the bodies that dvcs-autosync of 2011 knows.

A push is an element `push` in a message without a body, which chat clients do not show. To
dvcs-autosync it is a chat message `pushed URL`, and `login RESOURCE` greets it.
"""

import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from autosyncd.channels.base import Announcement, Heard
from autosyncd.core.messages import printable

NAMESPACE = "urn:autosync:push:0"
CLIENT = "{jabber:client}"
CARBONS = "{urn:xmpp:carbons:2}"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
HINTS = "{urn:xmpp:hints}"
LONGEST = 4096
MOST_ROOTS = 32

_PUSH = f"{{{NAMESPACE}}}push"
_MARK = f"{{{NAMESPACE}}}machine"
_BYTES = re.compile(r"""b(?P<quote>['"])(?P<text>.*)(?P=quote)""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of another client of the own account; `id` is the same in all copies of it."""

    sender: str
    id: str | None
    heard: Heard | None = None


def mark(machine: str, host: str) -> ET.Element:
    """What in a presence shows that the client is an autosync."""
    return ET.Element(_MARK, {"id": _safe(machine), "host": _safe(host)})


def marked(presence: ET.Element) -> str | None:
    """The host of an autosync, None for all other clients."""
    found = presence.find(_MARK)
    return None if found is None else printable(found.get("host", "").encode())[:LONGEST]


def push(announcement: Announcement) -> ET.Element:
    """An announcement as an element."""
    element = ET.Element(_PUSH, {"sender": announcement.sender, "commit": announcement.commit})
    texts = [("url", announcement.url), *(("root", root) for root in announcement.roots)]
    if announcement.peer_url:
        texts.append(("peer", announcement.peer_url))
    for name, text in texts:
        ET.SubElement(element, f"{{{NAMESPACE}}}{name}").text = _safe(text)
    return element


def id_of(announcement: Announcement) -> str:
    """The id of the messages that tell it, however often they do."""
    facts = "\0".join((announcement.repository, announcement.url, announcement.commit))
    return hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def privacy() -> tuple[ET.Element, ...]:
    """What keeps a message from being copied to other clients and from being stored
    (XEP-0280, XEP-0334)."""
    names = (f"{CARBONS}private", f"{HINTS}no-copy", f"{HINTS}no-store")
    return tuple(ET.Element(name) for name in names)


def legacy_push(announcement: Announcement) -> str:
    """The body by which dvcs-autosync hears of a push."""
    return f"pushed {_safe(announcement.url)}"


def understand(message: ET.Element, own: str, channel: str) -> Said | None:
    """What another client of the own account said; None for all that is said by anyone else, or
    by ourselves (`own` is our full address).

    What a server has delayed counts, too: it may be what a dead link kept from us.
    """
    account = own.partition("/")[0].lower()
    original = _original(message, account)
    if original is None or original.get("type") in ("error", "groupchat"):
        return None
    sender = original.get("from", "")
    bare, _, resource = sender.partition("/")
    if bare.lower() != account or not resource or sender == own:
        return None
    return Said(sender, original.get("id"), _heard(original, resource, channel))


def _original(message: ET.Element, account: str) -> ET.Element | None:
    """The message itself, or what it is a carbon copy of; copies come from the account alone."""
    for kind in ("sent", "received"):
        copy = message.find(f"{CARBONS}{kind}/{FORWARDED}/{CLIENT}message")
        if copy is not None:
            return copy if message.get("from", "").lower() == account else None
    return message


def _heard(message: ET.Element, resource: str, channel: str) -> Heard | None:
    element = message.find(_PUSH)
    if element is not None:
        return _pushed(element, resource, channel)
    word, _, rest = (message.findtext(f"{CLIENT}body") or "").strip().partition(" ")
    if word.lower() != "pushed" or not rest.strip() or len(rest) > LONGEST:
        return None
    return Heard(channel=channel, sender=resource, url=_legacy_url(rest))


def _pushed(element: ET.Element, resource: str, channel: str) -> Heard:
    def texts(name: str) -> tuple[str, ...]:
        found = element.findall(f"{{{NAMESPACE}}}{name}")[:MOST_ROOTS]
        return tuple(one.text for one in found if one.text and len(one.text) <= LONGEST)

    return Heard(
        channel=channel,
        sender=element.get("sender") or resource,
        url=next(iter(texts("url")), None),
        roots=texts("root"),
        commit=element.get("commit"),
        peer_url=next(iter(texts("peer")), None),
    )


def _legacy_url(rest: str) -> str:
    """The URL in `pushed URL`; a port of the script to Python 3 sends the repr of bytes."""
    text = rest.strip()
    if found := _BYTES.fullmatch(text):
        text = found["text"].removesuffix("\\n").strip()
    return text


def _safe(text: str) -> str:
    """Without what no XML document may hold (https://www.w3.org/TR/xml/#charsets)."""
    return printable(text.encode("utf-8", "surrogateescape"))
