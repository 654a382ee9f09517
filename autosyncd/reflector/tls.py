"""A client's connection with TLS; imported only where it is used, for its size."""

import socket
import ssl

from autosyncd.reflector.wire import Wire

RECORD = 16 * 1024
"""The largest TLS record (RFC 8446, 5.1): read whole, none of it waits where epoll can't see it."""


def context(cert: str, key: str | None) -> ssl.SSLContext:
    """What serves this certificate. Raises OSError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.num_tickets = 0
    made.load_cert_chain(cert, key)
    return made


class TlsWire(Wire):
    """An encrypted connection."""

    __slots__ = ("_tls", "ready", "wants_to_write")

    def __init__(self, sock: socket.socket, tls: ssl.SSLContext) -> None:
        self._tls = tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        super().__init__(self._tls)
        self.ready = False
        self.wants_to_write = False

    def receive(self) -> bytes | None:
        """What came; empty at the end, None for nothing yet. Raises OSError."""
        try:
            return self._tls.recv(RECORD)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None

    def send(self, data: bytes) -> int:
        """Send as much as goes now, and say how much that was. Raises OSError."""
        try:
            return self._tls.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def go_on(self) -> bool:
        """A piece of the handshake; True if that was the last. Raises OSError."""
        self.wants_to_write = False
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLWantWriteError:
            self.wants_to_write = True
            return False
        self.ready = True
        return True
