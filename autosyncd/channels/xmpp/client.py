"""One client of an XMPP server, by slixmpp: one try to log in at a time, and then one session.

slixmpp reconnects by itself now and then, waits for a login without limit, and answers requests
for subscription; all of that is switched off here.
"""

import asyncio
import logging
import ssl
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.jid import InvalidJID
from slixmpp.util.sasl.client import saslprep
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from autosyncd.channels.xmpp import failures
from autosyncd.channels.xmpp.words import CLIENT
from autosyncd.config.model import XmppSettings
from autosyncd.errors import AutosyncError, NeedsUserError, OfflineError

DIRECT_TLS_PORTS = (443, 5223)
"""Where a server that is named with its port speaks TLS from the first byte (XEP-0368)."""

Kind = Literal["chat", "headline"]

QUIET = 1.0
"""Seconds in which the server may answer our goodbye."""

log = logging.getLogger(__name__)

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)  # it would log stanzas, passwords included


class _Library(slixmpp.ClientXMPP):
    """slixmpp's client, told to leave to its owner what it would do by itself."""

    def __init__(self, address: str, password: str) -> None:
        super().__init__(address, password)
        self.auto_authorize = None
        self.auto_subscribe = False
        self.sender: asyncio.Task[None] | None = None
        self.attempt_failed: Callable[[], None] = lambda: None
        self.handler_raised: Callable[[BaseException], None] = lambda _error: None

    async def run_filters(self) -> None:
        """Send what waits; noted, since nothing but its owner ends it."""
        self.sender = asyncio.current_task()
        await super().run_filters()

    def reschedule_connection_attempt(self) -> None:
        """One try has failed; when the next one is due is decided elsewhere."""
        self._current_connection_attempt = None
        self.attempt_failed()

    def exception(self, exception: BaseException) -> None:
        """A handler raised."""
        self.handler_raised(exception)


def _library(address: str, password: str) -> _Library:
    try:
        saslprep(password)
    except UnicodeError as error:  # those of the profile (RFC 4013) are such, too
        raise NeedsUserError(
            "the password has characters that XMPP does not allow",
            hint="check where it comes from; control characters are a usual mistake",
        ) from error
    try:
        return _Library(address, password)
    except InvalidJID as error:
        raise NeedsUserError(
            f"{address.rpartition('/')[0]} is no XMPP address: {error}",
            hint="check `jid` under channels.xmpp",
        ) from error


class Client:
    """A connection that is made, used and lost, once or more; `resource` is our name on it.

    Raises NeedsUserError for an address or a password that can't be any.
    """

    def __init__(
        self, settings: XmppSettings, resource: str, password: str, trusted: ssl.SSLContext
    ) -> None:
        self._xmpp = _library(f"{settings.jid.partition('/')[0]}/{resource}", password)
        self._xmpp.ssl_context = trusted
        self._xmpp.register_plugin("xep_0198")
        self._xmpp.register_plugin("xep_0199")
        self.on_message: Callable[[ET.Element], None] = lambda _message: None
        self.on_presence: Callable[[ET.Element], None] = lambda _presence: None
        self.conflict = False
        """Whether the connection was lost since somebody else took our name."""
        self._settings = settings
        self._failures: list[AutosyncError] = []
        self._unresolved = False
        loop = asyncio.get_running_loop()
        self._login: asyncio.Future[bool] = loop.create_future()
        self._lost: asyncio.Future[str] = loop.create_future()
        self._choose_encryption()
        self._listen()

    def _choose_encryption(self) -> None:
        settings, xmpp = self._settings, self._xmpp
        if settings.tls == "off":
            xmpp.enable_direct_tls = xmpp.enable_starttls = False
            xmpp.enable_plaintext = True
            mechanisms = xmpp.plugin["feature_mechanisms"]
            mechanisms.unencrypted_plain = mechanisms.unencrypted_scram = True
        elif settings.host or settings.port:
            xmpp.enable_direct_tls = settings.port in DIRECT_TLS_PORTS
            xmpp.enable_starttls = not xmpp.enable_direct_tls

    def _listen(self) -> None:
        self._xmpp.attempt_failed = self._fail
        self._xmpp.handler_raised = self._handler_raised
        for event, handle in (
            ("session_start", lambda _: self._logged_in(resumed=False)),
            ("session_resumed", lambda _: self._logged_in(resumed=True)),
            ("connection_failed", self._unreachable),
            ("ssl_invalid_chain", self._untrusted),
            ("failed_auth", self._refused),
            ("no_auth", lambda _: self._no_way_in()),
            ("stream_negotiated", lambda _: self._negotiated()),
            ("stream_error", self._stream_error),
            ("disconnected", self._disconnected),
        ):
            self._xmpp.add_event_handler(event, handle)
        for name, handle_xml in (("message", self._message), ("presence", self._presence)):
            matcher = MatchXPath(f"{CLIENT}{name}")
            self._xmpp.register_handler(Callback(f"autosync {name}", matcher, handle_xml))

    # --- a session

    async def log_in(self, limit: float) -> bool:
        """Connect and log in; returns whether an earlier session goes on.

        Raises OfflineError, NeedsUserError, RefusedError.
        """
        loop = asyncio.get_running_loop()
        self._failures, self._unresolved, self.conflict = [], False, False
        self._login, self._lost = loop.create_future(), loop.create_future()
        settings = self._settings
        domain = settings.jid.partition("/")[0].partition("@")[2]
        named = settings.host or settings.port
        self._xmpp.connect(*((settings.host or domain, settings.port or 5222) if named else ()))
        try:
            async with asyncio.timeout(limit):
                return await self._login
        except TimeoutError as error:
            server = failures.server_of(settings)
            raise OfflineError(f"{server} gave no answer within {limit:g} s") from error
        except OfflineError as error:
            if not self._unresolved:
                raise
            raise await failures.looked_up(settings) from error

    async def until_lost(self) -> str:
        """Wait for the end of the connection; returns why it ended."""
        return await asyncio.shield(self._lost)

    @property
    def resumable(self) -> bool:
        """Whether a lost session can go on where it was (XEP-0198)."""
        return bool(self._xmpp.plugin["xep_0198"].sm_id) and not self.conflict

    @property
    def up(self) -> bool:
        """Whether we are logged in."""
        login = self._login
        ended = login.cancelled() or not login.done() or login.exception() is not None
        return not ended and not self._lost.done()

    @property
    def address(self) -> str:
        """Our full address."""
        return str(self._xmpp.boundjid.full)

    def say(
        self,
        to: str,
        kind: Kind,
        *elements: ET.Element,
        body: str | None = None,
        id_: str | None = None,
    ) -> None:
        """Send a message (RFC 6121, section 5.2.2); `id_` tells repetitions from news."""
        message = self._xmpp.make_message(mto=to, mbody=body, mtype=kind)
        if id_:
            message["id"] = id_
        for element in elements:
            message.xml.append(element)
        message.send()

    def show(self, priority: int, *elements: ET.Element) -> None:
        """Tell that we are here, and not to be talked to."""
        presence = self._xmpp.make_presence(pshow="xa", ppriority=priority, pstatus="autosync")
        for element in elements:
            presence.xml.append(element)
        presence.send()

    async def copies(self, limit: float) -> bool:
        """Ask for copies of what other clients say and hear (XEP-0280); whether we get them."""
        request = self._xmpp.make_iq_set(sub=ET.Element("{urn:xmpp:carbons:2}enable"))
        answer = request.send(timeout=limit)  # type: ignore[no-untyped-call] # slixmpp's
        return await self._answered(answer, limit)

    async def ping(self, limit: float) -> None:
        """Return when the server has answered, and so has handled all that we sent before
        (RFC 6120, section 10.1); raises OfflineError."""
        await self._answered(self._xmpp.plugin["xep_0199"].ping(timeout=limit), limit)

    async def _answered(self, answer: Awaitable[Any], limit: float) -> bool:
        """Wait for it, but not longer than there is a connection; returns if it is no error."""
        waiting: asyncio.Future[Any] = asyncio.ensure_future(answer)
        either: set[asyncio.Future[Any]] = {waiting, self._lost}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise OfflineError(self._lost.result())
            waiting.result()
        except IqError:
            return False
        except IqTimeout as error:
            raise OfflineError(self._silent(limit)) from error
        finally:
            waiting.cancel()
        return True

    def give_up(self, why: str) -> None:
        """Close a connection that is dead; a session can go on later."""
        self._xmpp.disconnect_reason = why
        self._xmpp.abort()
        self._disconnected(why)

    async def close(self) -> None:
        """Say goodbye if there is somebody who listens, and leave nothing behind."""
        self._xmpp.cancel_connection_attempt()
        if self._xmpp.transport:
            await self._xmpp.disconnect(wait=QUIET, ignore_send_queue=True)
        if self._xmpp.transport:
            self._xmpp.abort()
        if self._xmpp.sender:
            self._xmpp.sender.cancel()

    def _silent(self, limit: float) -> str:
        return f"{failures.server_of(self._settings)} gave no answer within {limit:g} s"

    # --- what slixmpp calls

    def _handler_raised(self, exception: BaseException) -> None:
        if isinstance(exception, IqError | IqTimeout | SyntaxError):
            return
        what = f"{type(exception).__name__}: {exception}"
        log.error("an XMPP handler crashed", exc_info=exception)
        self._failures.append(OfflineError(f"cannot go on after {what}"))
        self.give_up(what)

    def _message(self, stanza: Any) -> None:
        self.on_message(stanza.xml)

    def _presence(self, stanza: Any) -> None:
        self.on_presence(stanza.xml)

    # --- how a login ends

    def _logged_in(self, *, resumed: bool) -> None:
        self._failures.clear()
        if not self._login.done():
            self._login.set_result(resumed)

    def _fail(self) -> None:
        if not self._login.done():
            self._login.set_exception(failures.most_telling(self._failures, self._settings))

    def _unreachable(self, error: object) -> None:
        if isinstance(error, OSError):
            self._failures.append(failures.unreachable(error, self._settings))
        else:
            self._unresolved = True

    def _untrusted(self, error: OSError) -> None:
        self._failures.append(failures.unreachable(error, self._settings))
        self.give_up("its certificate is not trusted")

    def _refused(self, stanza: Any) -> None:
        self._failures.append(failures.refused(str(stanza["condition"]), self._settings))

    def _no_way_in(self) -> None:
        encrypted = isinstance(self._xmpp.socket, ssl.SSLSocket | ssl.SSLObject)
        self._failures.append(failures.no_way_in(self._settings, encrypted=encrypted))

    def _negotiated(self) -> None:
        """All that the server offered was tried; without a login, there is none to be had."""
        if not self._xmpp.authenticated:
            self._no_way_in()
            self.give_up("no login is offered")

    def _stream_error(self, stanza: Any) -> None:
        condition = str(stanza["condition"])
        self.conflict = condition == "conflict"
        self._failures.append(failures.ended(condition, self._settings))

    def _disconnected(self, reason: object) -> None:
        if isinstance(reason, OSError):
            self._unreachable(reason)
        self._fail()
        if not self._lost.done():
            why = self._failures[-1].message if self._failures else str(reason or "")
            self._lost.set_result(
                why or f"{failures.server_of(self._settings)} closed the connection"
            )
