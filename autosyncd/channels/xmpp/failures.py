"""Why a login failed, in words that say what to do, and whether trying again can help."""

import asyncio
import os
import socket
import ssl

from autosyncd.config.model import XmppSettings
from autosyncd.errors import AutosyncError, NeedsUserError, OfflineError


class RefusedError(NeedsUserError):
    """The server knows us and says no: trying again too often can lock the account."""


def server_of(settings: XmppSettings) -> str:
    """The server as people know it."""
    return settings.host or settings.jid.partition("/")[0].partition("@")[2]


def unreachable(error: OSError, settings: XmppSettings) -> AutosyncError:
    """The connection could not be made, or not be encrypted."""
    server = server_of(settings)
    if isinstance(error, ssl.SSLCertVerificationError):
        return NeedsUserError(
            f"cannot trust the certificate of {server}: {error.verify_message or error}",
            hint="if the server is your own, `ca_file` under channels.xmpp names its authority",
        )
    if isinstance(error, ssl.SSLError):
        return OfflineError(f"cannot encrypt the connection to {server}: {error.reason or error}")
    if isinstance(error, socket.gaierror):
        return _unknown(error, server)
    why = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return OfflineError(f"cannot reach {server}: {why}")


def _unknown(error: socket.gaierror, server: str) -> AutosyncError:
    if error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
        return OfflineError(f"cannot look up {server}: {error.strerror}")
    return NeedsUserError(
        f"there is no host {server}: {error.strerror}",
        hint="check `jid` (and `host`) under channels.xmpp",
    )


async def looked_up(settings: XmppSettings) -> AutosyncError:
    """The name could not be resolved: ask for it once more, since the library does not say why."""
    server = server_of(settings)
    try:
        await asyncio.get_running_loop().getaddrinfo(server, settings.port or 5222)
    except OSError as error:
        return unreachable(error, settings)
    return OfflineError(f"cannot reach {server}")


def refused(condition: str, settings: XmppSettings) -> AutosyncError:
    """The server did not accept the login (RFC 6120, section 6.5)."""
    account = settings.jid.partition("/")[0]
    match condition:
        case "temporary-auth-failure":
            return OfflineError(f"{server_of(settings)} can't check passwords now")
        case "not-authorized":
            return RefusedError(
                f"{server_of(settings)} refuses the password of {account}",
                hint="check `jid` and the password under channels.xmpp, then `autosyncctl reload`",
            )
        case _:
            return RefusedError(
                f"{server_of(settings)} refuses the login of {account}: {condition}",
                hint="its operator can say why",
            )


def no_way_in(settings: XmppSettings, *, encrypted: bool) -> AutosyncError:
    """The server offers no login that may be used."""
    server = server_of(settings)
    if encrypted:
        return NeedsUserError(
            f"{server} offers no way to log in with a password", hint="its operator can say why"
        )
    if settings.tls == "off":
        return NeedsUserError(
            f"{server} insists on encryption, and `tls` is off",
            hint="remove `tls: off` under channels.xmpp",
        )
    return NeedsUserError(
        f"{server} offers no encryption, so the password was not sent",
        hint="`tls: off` under channels.xmpp sends it in the clear, if that is what you want",
    )


def ended(condition: str, settings: XmppSettings) -> AutosyncError:
    """The server ended the stream with an error (RFC 6120, section 4.9.3)."""
    server = server_of(settings)
    if condition == "host-unknown":
        domain = settings.jid.partition("/")[0].partition("@")[2]
        return NeedsUserError(
            f"{server} has no accounts of {domain}",
            hint="check `jid` and `host` under channels.xmpp",
        )
    return OfflineError(f"{server} ended the connection: {condition}")


def most_telling(failures: list[AutosyncError], settings: XmppSettings) -> AutosyncError:
    """Of all that went wrong in one try, what explains it best."""
    if not failures:
        return OfflineError(f"{server_of(settings)} closed the connection")
    return next((one for one in failures if isinstance(one, NeedsUserError)), failures[-1])
