"""The sockets that wait for clients."""

import resource
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autosyncd.reflector.wire import Wire, prepare

if TYPE_CHECKING:
    import ssl

BACKLOG = 512
SPARE = 32
"""Descriptors for all that is no client."""

_MAPPED = bytes(10) + b"\xff\xff"
"""How an IPv4 address begins that is written as an IPv6 one (RFC 4291, 2.5.5.2)."""


class Door:
    """Where clients come in."""

    def __init__(self, sockets: Sequence[socket.socket], tls: "ssl.SSLContext | None") -> None:
        self._sockets = {one.fileno(): one for one in sockets}
        self.numbers = frozenset(self._sockets)
        self.tls = tls

    def accept(self, number: int) -> tuple[socket.socket, str]:
        """The next client, and its address. Raises BlockingIOError and OSError."""
        sock, peer = self._sockets[number].accept()
        return sock, str(peer[0])

    def wire(self, sock: socket.socket) -> Wire:
        """The connection to talk over. Raises OSError."""
        prepare(sock)
        if self.tls is None:
            return Wire(sock)
        from autosyncd.reflector.tls import TlsWire  # only where it is used: it needs 4 MB

        return TlsWire(sock, self.tls)


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of a host; an empty one means all. Raises OSError."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            if family in (socket.AF_INET, socket.AF_INET6):
                sockets.append(_bound(family, kind, protocol, address, sockets))
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _bound(
    family: int, kind: int, protocol: int, address: tuple[object, ...], others: list[socket.socket]
) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if others and address[1] == 0:  # one port for both families
            address = (address[0], others[0].getsockname()[1], *address[2:])
        sock.bind(address)
        sock.listen(BACKLOG)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise
    return sock


def address_of(peer: str) -> bytes:
    """What counts as one place: an IPv4 address, or the network that one IPv6 customer gets."""
    if ":" not in peer:
        return socket.inet_aton(peer)
    packed = socket.inet_pton(socket.AF_INET6, peer.partition("%")[0])
    return packed[12:] if packed.startswith(_MAPPED) else packed[:8]


def most_descriptors(wanted: int) -> int:
    """For how many clients the system gives us descriptors; the limit is raised if it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = wanted + SPARE
    if soft != resource.RLIM_INFINITY and soft < need:
        soft = need if hard == resource.RLIM_INFINITY else min(need, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, soft - SPARE)
