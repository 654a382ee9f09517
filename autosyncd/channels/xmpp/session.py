"""What happens while we are logged in: who else is there, what they say, what we tell them."""

import asyncio
import time
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from autosyncd.api.events import Peer as PeerEvent
from autosyncd.channels.base import Announcement, Link
from autosyncd.channels.outbox import Outbox
from autosyncd.channels.xmpp import words
from autosyncd.channels.xmpp.notes import Notes
from autosyncd.channels.xmpp.pace import Pace
from autosyncd.channels.xmpp.peers import Kind, Peer, Peers
from autosyncd.errors import OfflineError

if TYPE_CHECKING:  # slixmpp takes a third of a second to import
    from autosyncd.channels.xmpp.client import Client

AT_ONCE = 8
"""Messages until the server has to answer; many servers read no more than 10 kB a second."""

PEERS_NAMED = 1000
"""Clients of which is remembered that they have been named already."""

IDS_KEPT = 200
"""Messages whose further copies are recognised."""

LOW, NORMAL = -1, 0
"""Priorities of RFC 6121, section 4.7.2.3. A negative one leaves the messages of the user's
friends to the user's chat clients; what clients of the own account say to all comes as a copy."""


class Session:
    """One client's sessions, one after the other."""

    def __init__(
        self, client: "Client", name: str, link: Link, pace: Pace, named: deque[str]
    ) -> None:
        self._client = client
        self._name = name
        self._link = link
        self._pace = pace
        self._peers = Peers()
        self._seen: deque[tuple[str, str]] = deque(maxlen=IDS_KEPT)
        self._named = named
        client.on_message = self._message
        client.on_presence = self._presence

    async def begin(self, *, resumed: bool) -> None:
        """Let the others know that we are here, and get to know them; raises OfflineError.

        When the server has answered the last of it, nothing is missed any more. What a lost
        connection kept from us comes by itself where the session is `resumed`.
        """
        if resumed:
            return
        self._peers.forget()
        copies = await self._client.copies(self._pace.answer)
        machine = words.mark(self._link.machine, self._link.host)
        self._client.show(LOW if copies else NORMAL, machine)
        await self._client.ping(self._pace.answer)
        self._link.refresh()

    async def live(
        self, outbox: Outbox, notes: Notes, to: str | None, nudged: asyncio.Event
    ) -> str:
        """Tell and listen until the connection is lost; returns why it was."""
        async with asyncio.TaskGroup() as group:
            work = [
                group.create_task(self._tell_all(outbox)),
                group.create_task(self._watch_connection(nudged)),
            ]
            if to:
                work.append(group.create_task(notes.send(lambda text: self._note(to, text))))
            why = await self._client.until_lost()
            for task in work:
                task.cancel()
        return why

    async def farewell(self, outbox: Outbox, limit: float) -> None:
        """Tell what was announced last, before we go."""
        try:
            async with asyncio.timeout(limit):
                if self._client.up and (last := outbox.take()):
                    told = set[str]()
                    if await self._tell(last, told) and told:
                        for announcement in last:
                            self._link.announced(announcement)
        except TimeoutError:
            pass

    def _note(self, to: str, text: str) -> None:
        self._client.say(to, "chat", body=text)

    # --- outwards

    async def _tell_all(self, outbox: Outbox) -> None:
        """Send what waits; it counts as told once the server has it, and waits again if not."""
        alive = True
        while alive:
            await outbox.wait()
            batch, alive, told = outbox.take(), False, set[str]()
            try:
                alive = await self._tell(batch, told)
            finally:
                if not alive:
                    outbox.put_back(batch)
            for announcement in batch if alive and told else ():
                self._link.announced(announcement)

    async def _tell(self, announcements: tuple[Announcement, ...], told: set[str]) -> bool:
        """Tell all that are there; returns if the server has it. Notes in `told` who was.

        Somebody may have come whose presence was still under way. When the server has answered,
        it is here; who comes later still looks at everything by themselves.
        """
        while True:
            new = [peer for peer in self._peers if peer.address not in told]
            told.update(peer.address for peer in new)
            messages = [(peer, announcement) for peer in new for announcement in announcements]
            for start in range(0, max(1, len(messages)), AT_ONCE):
                for peer, announcement in messages[start : start + AT_ONCE]:
                    self._tell_one(peer, announcement)
                if not await self._answers(self._client.ping(self._pace.answer)):
                    return False
            if all(peer.address in told for peer in self._peers):
                return True

    def _tell_one(self, peer: Peer, announcement: Announcement) -> None:
        """A headline is dropped where the peer has just gone; a chat message would go to others.

        What may not have arrived is told again under the same id, and heard once.
        """
        id_, privacy = words.id_of(announcement), words.privacy()
        if peer.kind is Kind.LEGACY:
            body = words.legacy_push(announcement)
            self._client.say(peer.address, "chat", *privacy, body=body, id_=id_)
        else:
            push = words.push(announcement)
            self._client.say(peer.address, "headline", push, *privacy, id_=id_)

    # --- inwards

    def _message(self, message: ET.Element) -> None:
        said = words.understand(message, self._client.address, self._name)
        if said is None:
            return
        if said.id:
            if (said.sender, said.id) in self._seen:
                return
            self._seen.append((said.sender, said.id))
        if said.heard:
            self._link.heard(said.heard)

    def _presence(self, presence: ET.Element) -> None:
        came = self._peers.presence(presence, self._client.address)
        if came is None or came.kind is Kind.CHAT:
            return
        if came.kind is Kind.LEGACY:
            resource = self._client.address.partition("/")[2]
            self._client.say(came.address, "chat", *words.privacy(), body=f"login {resource}")
        if came.address not in self._named:
            self._named.append(came.address)
            detail = f"is there ({self._name})"
            self._link.publish(PeerEvent(time=time.time(), peer=came.host, detail=detail))

    # --- is anybody there?

    async def _watch_connection(self, nudged: asyncio.Event) -> None:
        alive = True
        while alive:
            limit = self._pace.hurry if await _set_within(nudged, self._pace.ping) else 0.0
            nudged.clear()
            alive = await self._answers(self._client.ping(limit or self._pace.answer))

    async def _answers(self, answer: Awaitable[None]) -> bool:
        """Whether the server answers; a connection without an answer is given up."""
        try:
            await answer
        except OfflineError as error:
            self._client.give_up(error.message)
            return False
        return True


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
