"""A client's connection: bytes in and out, never waiting."""

import socket

CHUNK = 4096
KEEPALIVE = ((socket.TCP_KEEPIDLE, 120), (socket.TCP_KEEPINTVL, 30), (socket.TCP_KEEPCNT, 4))
UNANSWERED = 60_000
"""Milliseconds after which what was sent and never acknowledged ends the connection (tcp(7))."""
BUFFER = 32 * 1024
"""Bytes the kernel keeps for each client, in each direction."""


class Wire:
    """A connection without encryption."""

    __slots__ = ("sock",)

    ready = True
    """Whether it can be talked over."""

    wants_to_write = False
    """Whether it can't go on before it may write, though nothing waits to be sent."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    @property
    def number(self) -> int:
        """Its descriptor's number."""
        return self.sock.fileno()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self.sock.fileno() < 0

    def close(self) -> None:
        """End the connection."""
        self.sock.close()

    def receive(self) -> bytes | None:
        """What came; empty at the end, None for nothing yet. Raises OSError."""
        try:
            return self.sock.recv(CHUNK)
        except BlockingIOError:
            return None

    def send(self, data: bytes) -> int:
        """Send as much as goes now, and say how much that was. Raises OSError."""
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0

    def go_on(self) -> bool:
        """Bring forward what has to come before the talk; True if it can begin. Raises OSError."""
        return True


def prepare(sock: socket.socket) -> None:
    """Never wait, and notice who has vanished."""
    sock.settimeout(0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED)
