"""Who else is logged in to the account, and how to talk to each of them."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from autosyncd.channels.xmpp.words import marked

_CAPABILITIES = "{http://jabber.org/protocol/caps}c"


class Kind(Enum):
    """What a client is, as far as its presence tells."""

    AUTOSYNC = "autosync"
    CHAT = "chat"
    """A program for people: it says what it can do (XEP-0115)."""
    LEGACY = "legacy"
    """dvcs-autosync, or another program that says nothing of itself."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another client of the account, by its full address."""

    address: str
    kind: Kind
    host: str


class Peers:
    """All other clients that are there now."""

    def __init__(self) -> None:
        self._present: dict[str, Peer] = {}

    def __iter__(self) -> Iterator[Peer]:
        return iter(tuple(self._present.values()))

    def forget(self) -> None:
        """A new session begins: who is there will be told anew."""
        self._present.clear()

    def presence(self, stanza: ET.Element, own: str) -> Peer | None:
        """Somebody came or went; returns who came, if they were not there before.

        People on the user's contact list and ourselves (`own` is our full address) do not count.
        """
        address = stanza.get("from", "")
        bare, _, resource = address.partition("/")
        if bare.lower() != own.partition("/")[0].lower() or not resource or address == own:
            return None
        if stanza.get("type") is not None:
            self._present.pop(address, None)
            return None
        came = address not in self._present
        self._present[address] = peer = _peer(stanza, address, resource)
        return peer if came else None


def _peer(stanza: ET.Element, address: str, resource: str) -> Peer:
    host = marked(stanza)
    if host is not None:
        return Peer(address, Kind.AUTOSYNC, host)
    chats = stanza.find(_CAPABILITIES) is not None
    return Peer(address, Kind.CHAT if chats else Kind.LEGACY, resource)
