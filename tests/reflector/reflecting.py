"""A reflector inside the test, and plain sockets that talk to it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from autosyncd.reflector.limits import Limits
from autosyncd.reflector.listening import Door, listen
from autosyncd.reflector.server import Server
from tests.waiting import LIMIT as PATIENCE
from tests.waiting import wait_until

until = wait_until
WELCOME = b"debug!connected..."


class Guest:
    """A client that knows nothing but sockets."""

    def __init__(self, address: tuple[str, int], source: str = "127.0.0.1") -> None:
        self.sock = socket.create_connection(address, PATIENCE, (source, 0))
        self.rest = b""

    def send(self, *lines: bytes) -> None:
        self.sock.sendall(b"".join(line + b"\n" for line in lines))

    def line(self) -> bytes:
        """The next line; b"" at the end."""
        while b"\n" not in self.rest:
            data = self.sock.recv(65_536)
            if not data:
                return b""
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def synced(self) -> list[bytes]:
        """All lines that came before the answer to a ping."""
        self.send(b"ping")
        lines = [self.line()]
        while not lines[-1].isdigit():
            assert lines[-1], "the reflector hung up"
            lines.append(self.line())
        return lines[:-1]

    def hung_up(self) -> bool:
        """Whether the other side has ended the connection, all that came before left aside."""
        self.sock.settimeout(0)
        try:
            while data := self.sock.recv(65_536):
                self.rest += data
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        self.sock.close()


class Reflector:
    """A running server."""

    def __init__(
        self, limits: Limits | None = None, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.sockets = listen("127.0.0.1", port)
        self.address: tuple[str, int] = self.sockets[0].getsockname()
        self.guests: list[Guest] = []
        self.limits = limits or Limits()
        self._server = Server(Door(self.sockets, tls), self.limits)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()

    def guest(self, source: str = "127.0.0.1") -> Guest:
        """Somebody who connects and has been welcomed."""
        guest = self.stranger(source)
        assert guest.line() == WELCOME
        return guest

    def stranger(self, source: str = "127.0.0.1") -> Guest:
        """Somebody who connects."""
        guest = Guest(self.address, source)
        self.guests.append(guest)
        return guest

    def close(self) -> None:
        self._server.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        for guest in self.guests:
            guest.close()
        for sock in self.sockets:
            sock.close()


@contextmanager
def reflecting(limits: Limits | None = None) -> Iterator[Reflector]:
    """A server for as long as the block lasts."""
    reflector = Reflector(limits)
    try:
        yield reflector
    finally:
        reflector.close()
