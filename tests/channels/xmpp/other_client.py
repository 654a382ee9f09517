"""Other clients of an account: chat programs, and dvcs-autosync as its source has it."""

import asyncio
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.channels.contract import until

CAPABILITIES = ET.Element(
    "{http://jabber.org/protocol/caps}c",
    {"hash": "sha-1", "node": "https://chat.example", "ver": "x"},
)


class OtherClient(slixmpp.ClientXMPP):
    """Logs in without encryption, and keeps all stanzas that it gets."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(address, "secret")
        self.enable_direct_tls = self.enable_starttls = False
        self.enable_plaintext = True
        self.auto_authorize = None
        self.auto_subscribe = False
        self.plugin["feature_mechanisms"].unencrypted_plain = True
        self.register_plugin("xep_0280")
        self.messages: list[ET.Element] = []
        self.presences: list[ET.Element] = []
        self._where = ("127.0.0.1", port)
        for name, kept in (("message", self.messages), ("presence", self.presences)):
            matcher = MatchXPath(f"{{jabber:client}}{name}")
            keep = lambda stanza, kept=kept: kept.append(stanza.xml)  # noqa: E731 - one for each
            self.register_handler(Callback(f"kept {name}", matcher, keep))

    async def come(self, *elements: ET.Element, copies: bool = False, priority: int = 0) -> None:
        """Log in and be present."""
        self.connect(*self._where)
        await self.wait_until("session_start", timeout=30)
        if copies:
            await self.plugin["xep_0280"].enable()
        presence = self.make_presence(ppriority=priority)
        for element in elements:
            presence.xml.append(element)
        presence.send()
        await until(lambda: self.presences)

    def bodies(self) -> list[str]:
        """All bodies so far, those of copies included."""
        found = (message.iter("{jabber:client}body") for message in self.messages)
        return [body.text or "" for bodies in found for body in bodies]

    async def answered(self) -> None:
        """Return when all that was sent before, by us and through us, has arrived."""
        request = self.make_iq_get(queryxmlns="http://jabber.org/protocol/disco#info")
        request["to"] = "localhost"
        await request.send(timeout=30)  # type: ignore[no-untyped-call] # slixmpp's

    async def go(self) -> None:
        """Log out."""
        await self.disconnect(wait=1)
        if self._run_out_filters:
            self._run_out_filters.cancel()
            await asyncio.wait([self._run_out_filters])


class Legacy(OtherClient):
    """dvcs-autosync on a machine."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"me@localhost/AutosyncJabberBot on {host}", port)

    async def start(self) -> None:
        """Log in, and say so."""
        await self.come()
        self.tell(f"login {self.boundjid.resource}")

    def tell(self, body: str, to: str = "me@localhost") -> None:
        """A message to all of the account."""
        self.make_message(mto=to, mbody=body, mtype="chat").send()
