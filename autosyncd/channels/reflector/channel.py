"""Announcements over a reflector: ours, a fanout server, or one that SparkleShare's clients use."""

import asyncio
import logging
import os
import random
import ssl
import time
from urllib.parse import urlsplit

from autosyncd.channels.base import Announcement, Condition, Heard, Link, Served
from autosyncd.channels.outbox import Outbox
from autosyncd.channels.reflector.book import Book, Room, read_identifiers
from autosyncd.channels.reflector.connection import PORT, Connection, LostError, connected
from autosyncd.channels.reflector.line import is_revision, parse
from autosyncd.channels.reflector.memory import Memory
from autosyncd.channels.reflector.replays import Verdict
from autosyncd.channels.reflector.seal import MARK, Seal
from autosyncd.channels.reflector.told import Told, decode, encode
from autosyncd.channels.report import Report
from autosyncd.channels.secret import read_secret
from autosyncd.channels.trust import trusting
from autosyncd.config.model import ReflectorSettings
from autosyncd.core.backoff import Backoff
from autosyncd.errors import AutosyncError

log = logging.getLogger(__name__)

PING = 20.0
"""Seconds between two signs of life: with the time for an answer, half a minute to notice that
nothing gets through any more."""

RETRIES = Backoff(base=1.0, cap=60.0)
CALM = 30.0
"""Seconds after which a connection counts as one that works."""

LOOK_FOR_IDENTIFIERS = 300.0
AT_ONCE = 200
"""Requests between two signs of life: our reflector acts on 50 a second at the least."""


class ReflectorChannel:
    """This machine's end of the channel."""

    name = "reflector"

    def __init__(self, settings: ReflectorSettings, link: Link) -> None:
        self._settings = settings
        self._link = link
        place = urlsplit(settings.url)
        self._host, self._port = place.hostname or "", place.port or PORT
        self._tls = place.scheme == "tls"
        self._place = f"{place.scheme}://{place.hostname}:{self._port}"
        self._report = Report(self.name, link)
        self._outbox = Outbox()
        self._served: tuple[Served, ...] = ()
        self._turn = asyncio.Event()
        self._network = asyncio.Event()
        self._book = Book(None)
        self._stale = True
        self._looked_at = 0.0
        self._memory = Memory(link.recall, link.remember if settings.key else _forget)
        self._warned: set[str] = set()

    # --- what the daemon asks for

    def announce(self, announcement: Announcement) -> None:
        """Tell all other machines, as soon as that is possible."""
        self._outbox.put(announcement)
        self._turn.set()

    def follow(self, repositories: tuple[Served, ...]) -> None:
        """All repositories that use this channel."""
        if repositories != self._served:
            self._served, self._stale = repositories, True
            self._turn.set()

    def network_up(self) -> None:
        """If not connected, try now; if connected, see if that is still so."""
        self._network.set()
        self._turn.set()

    def status(self) -> Condition:
        """How it is now."""
        return self._report.condition

    # --- life

    async def run(self) -> None:
        """Be connected, and try again, until cancelled."""
        retries, loop = RETRIES, asyncio.get_running_loop()
        try:
            while True:
                self._network.clear()
                began = loop.time()
                await self._try()
                calm = loop.time() - began > CALM
                retries = (RETRIES if calm else retries).failed()
                delay = retries.delay(random.random())  # noqa: S311 - parts machines, no secret
                await _within(delay, self._network)
        finally:
            self._memory.write()
            self._report.lost("not running")

    async def _try(self) -> None:
        """One session, and whatever it ends with."""
        try:
            key = await read_secret(self._settings.key, self._link.environment, "key")
            tls = trusting(self._settings.ca_file) if self._tls else None
            self._book, self._stale = Book(key), True
            await self._session(tls)
        except LostError as error:
            self._report.lost(f"{self._place}: {error}")
        except ssl.SSLCertVerificationError as error:
            self._report.failed(
                f"{self._place}: its certificate is not to be trusted ({error.verify_message})",
                "set channels.reflector.ca_file, or give the reflector another certificate",
            )
        except OSError as error:
            self._report.failed(
                f"cannot read the certificates in {self._settings.ca_file}: {error.strerror}",
                "correct channels.reflector.ca_file",
            )
        except AutosyncError as error:
            self._report.failed(error.message, error.hint or "correct channels.reflector.key")

    async def _session(self, tls: ssl.SSLContext | None) -> None:
        """Be connected; ends with LostError."""
        why = ""
        async with connected(self._host, self._port, tls) as connection:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(connection.listen(self._hear))
                    group.create_task(self._talk(connection))
            except* LostError as lost:
                why = str(lost.exceptions[0])
        raise LostError(why)

    # --- outwards

    async def _talk(self, connection: Connection) -> None:
        """Say hello, then subscribe, announce and show to be alive as long as that is heard."""
        await connection.send(("hello", "unsubscribe all"))
        subscribed: frozenset[str] = frozenset()
        greeted = False
        while True:
            self._turn.clear()
            await self._update_book()
            wanted = frozenset(self._book.rooms)
            await self._subscribe(connection, wanted, subscribed)
            await self._announce(connection)
            if not greeted:
                self._report.connected(self._place)
            if wanted - subscribed:
                self._link.refresh()
            greeted, subscribed = True, wanted
            await _within(PING, self._turn)

    async def _update_book(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._stale and now - self._looked_at < LOOK_FOR_IDENTIFIERS:
            return
        self._stale, self._looked_at = False, now
        served = self._served
        identifiers = await asyncio.to_thread(read_identifiers, served)
        self._book.enter(served, identifiers)

    async def _subscribe(
        self, connection: Connection, wanted: frozenset[str], subscribed: frozenset[str]
    ) -> None:
        requests = [f"unsubscribe {channel}" for channel in sorted(subscribed - wanted)]
        requests += [f"subscribe {channel}" for channel in sorted(wanted - subscribed)]
        for start in range(0, len(requests), AT_ONCE):
            await connection.send(requests[start : start + AT_ONCE])

    async def _announce(self, connection: Connection) -> None:
        """Announce what waits; without anything, only show to be alive."""
        waiting = self._outbox.take()
        try:
            if not waiting:
                await connection.send(())
            while waiting:
                told, *_ = waiting
                await connection.send(self._requests(told))
                waiting = waiting[1:]
                self._link.announced(told)
        finally:
            self._outbox.put_back(waiting)

    def _requests(self, told: Announcement) -> list[str]:
        text = encode(told, self._memory.next(time.time()))
        requests = [
            f"announce {seal.channel} {seal.close(text, os.urandom(16))}"
            for seal in self._book.seals_of(told)
        ]
        if identifier := self._book.identifier(told.repository):
            requests.append(f"announce {identifier} {told.commit}")
        self._book.remember(told.repository, told.commit)
        return requests

    # --- inwards

    def _hear(self, line: bytes) -> None:
        delivery = parse(line)
        if delivery is None:
            self._warn_once(line.decode("ascii", "replace").strip())
            return
        room = self._book.rooms.get(delivery.channel)
        if room is None:
            return
        if delivery.message.startswith(MARK):
            self._hear_sealed(room, delivery.message)
        elif is_revision(delivery.message):
            self._hear_plain(room, delivery.message.strip())

    def _hear_sealed(self, room: Room, message: str) -> None:
        told = _opened(room.seal, message)
        if told is None or told.sender == self._link.machine:
            return
        match self._memory.judge(told.sender, told.at, time.time()):
            case Verdict.AGAIN:
                return
            case Verdict.OTHER_TIME:
                self._warn_once(
                    f"announcements of {told.sender[:40]} are refused: its clock, or the one here, "
                    "is wrong by more than 5 minutes"
                )
                return
        for repository in room.repositories:
            self._book.remember(repository, told.commit)
            self._link.heard(
                Heard(
                    channel=self.name,
                    sender=told.sender,
                    repository=repository,
                    url=told.url,
                    roots=told.roots,
                    commit=told.commit,
                    peer_url=told.peer,
                    authenticated=self._settings.key is not None,
                )
            )

    def _hear_plain(self, room: Room, commit: str) -> None:
        """What SparkleShare's clients and hooks announce: anybody can say that."""
        for repository in room.repositories:
            if self._book.remember(repository, commit):
                self._link.heard(
                    Heard(
                        channel=self.name,
                        sender=self._host,
                        repository=repository,
                        commit=commit,
                        authenticated=False,
                    )
                )

    def _warn_once(self, what: str) -> None:
        if what and what not in self._warned and len(self._warned) < 100:
            self._warned.add(what)
            log.warning("channel reflector: %s", what)


def _forget(_key: str, _value: str) -> None:
    """Without a key nothing is authenticated: anybody could have us write all day."""


def _opened(seal: Seal | None, message: str) -> Told | None:
    text = seal.open(message) if seal else None
    return decode(text) if text is not None else None


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but not for ever."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
