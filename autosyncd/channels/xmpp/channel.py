"""Announcements over XMPP: all machines log in to one account, and tell each other of pushes."""

import asyncio
import importlib
import random
import re
import secrets
import ssl
from collections import deque
from typing import TYPE_CHECKING

from autosyncd.channels.base import Announcement, Condition, Link, Served
from autosyncd.channels.outbox import Outbox
from autosyncd.channels.report import Report
from autosyncd.channels.secret import read_secret
from autosyncd.channels.trust import trusting
from autosyncd.channels.xmpp.failures import RefusedError
from autosyncd.channels.xmpp.notes import Notes
from autosyncd.channels.xmpp.pace import Pace
from autosyncd.channels.xmpp.session import PEERS_NAMED, Session
from autosyncd.config.model import XmppSettings
from autosyncd.core.backoff import Backoff
from autosyncd.errors import NeedsUserError, OfflineError

if TYPE_CHECKING:  # slixmpp takes a third of a second to import
    from autosyncd.channels.xmpp.client import Client


FAREWELL = 1.0
"""Seconds for what was announced last."""


class XmppChannel:
    """The channel `xmpp`: logs in, and again after every loss."""

    name = "xmpp"

    def __init__(self, settings: XmppSettings, link: Link, pace: Pace | None = None) -> None:
        self._settings = settings
        self._link = link
        self._pace = pace or Pace()
        self._report = Report(self.name, link)
        self._outbox = Outbox()
        self._notes = Notes(link)
        self._backoff = Backoff(self._pace.soon, self._pace.late)
        self._nudged = asyncio.Event()
        self._resource = ""
        self._named: deque[str] = deque(maxlen=PEERS_NAMED)
        self._client: Client | None = None
        self._session: Session | None = None

    # --- as the daemon sees it

    def announce(self, announcement: Announcement) -> None:
        """Tell all other clients of the account."""
        self._outbox.put(announcement)

    def follow(self, repositories: tuple[Served, ...]) -> None:
        """Nothing to do: announcements are matched with repositories by the daemon."""

    def network_up(self) -> None:
        """Try now, or see whether the connection has survived."""
        self._nudged.set()

    def status(self) -> Condition:
        """How it is now."""
        return self._report.condition

    async def run(self) -> None:
        """Be logged in, until cancelled."""
        self._resource = self._new_resource()
        self._backoff = Backoff(self._pace.soon, self._pace.late)
        async with asyncio.TaskGroup() as group:
            if self._settings.also_notify:
                group.create_task(self._notes.collect())
            try:
                while True:
                    await self._once()
            finally:
                self._report.ended()
                if self._session:
                    await self._session.farewell(self._outbox, FAREWELL)
                await self._leave()

    # --- one login after the other

    async def _once(self) -> None:
        """One login with its session, and the rest that is due after it."""
        try:
            self._report.lost(await self._log_in_and_live())
        except RefusedError as error:
            await self._leave()
            self._report.failed(error.message, error.hint or "")
            await asyncio.sleep(self._pace.refused)
        except NeedsUserError as error:
            await self._leave()
            self._report.failed(error.message, error.hint or "")
            await self._rest(self._pace.user)
        except OfflineError as error:
            self._report.lost(error.message)
            await self._back_off()
        else:
            await self._back_off()

    async def _log_in_and_live(self) -> str:
        """Returns why the connection was lost; raises OfflineError and NeedsUserError."""
        client, session = await self._connected()
        self._report.connected(client.address)
        began = _now()
        why = await session.live(
            self._outbox, self._notes, self._settings.also_notify, self._nudged
        )
        if _now() - began > self._pace.late:
            self._backoff = Backoff(self._pace.soon, self._pace.late)
        if client.conflict:
            self._resource = self._new_resource()
        return why

    async def _connected(self) -> "tuple[Client, Session]":
        client, session = self._client, self._session
        if client is None or session is None or not client.resumable:
            await self._leave()
            client, session = await self._made()
        try:
            await session.begin(resumed=await client.log_in(self._pace.login))
        except OfflineError as error:
            client.give_up(error.message)
            raise
        return client, session

    async def _made(self) -> "tuple[Client, Session]":
        module = await asyncio.to_thread(importlib.import_module, f"{__package__}.client")
        settings = self._settings
        password = await read_secret(settings.password, self._link.environment, "password")
        trusted = await asyncio.to_thread(_trusted, settings)
        client: Client = module.Client(settings, self._resource, password or "", trusted)
        self._client = client
        self._session = Session(client, self.name, self._link, self._pace, self._named)
        return client, self._session

    async def _leave(self) -> None:
        client, self._client, self._session = self._client, None, None
        if client:
            await client.close()

    def _new_resource(self) -> str:
        """Unique, so that no two machines, and no two runs, drive each other out; the name that
        the configuration gives, or the host's, is for people."""
        given = self._settings.jid.partition("/")[2] or self._link.host
        name = re.sub(r"[^A-Za-z0-9._-]", "-", given)[:64]
        return f"{name}.{secrets.token_hex(4)}"

    # --- waiting

    async def _back_off(self) -> None:
        self._backoff = self._backoff.failed()
        jitter = random.random()  # noqa: S311 - spreads tries, guards nothing
        if await self._rest(self._backoff.delay(jitter)):
            self._backoff = Backoff(self._pace.soon, self._pace.late)

    async def _rest(self, seconds: float) -> bool:
        """Wait so long, or until the network comes up; returns if it did."""
        self._nudged.clear()
        try:
            async with asyncio.timeout(seconds):
                return await self._nudged.wait()
        except TimeoutError:
            return False


def _now() -> float:
    return asyncio.get_running_loop().time()


def _trusted(settings: XmppSettings) -> ssl.SSLContext:
    try:
        return trusting(settings.ca_file)
    except OSError as error:  # SSLError is one
        why = error.strerror or str(error)
        raise NeedsUserError(
            f"cannot read the certificates in {settings.ca_file}: {why}",
            hint="`ca_file` under channels.xmpp is a file with certificates in PEM format",
        ) from error
