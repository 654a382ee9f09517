"""One connection to a fanout server: lines out, lines in, and a sign of life between them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from autosyncd.channels.reflector.line import BUSY, GREETING, is_pong

PORT = 1986
LOGIN = 10.0
"""Seconds to connect, and to be greeted."""

ANSWER = 10.0
"""Seconds in which a ping is answered."""

LINE = 16 * 1024
"""Bytes; no fanout server has a reason to send a longer line."""

AT_ONCE = 100
"""Lines that are read before others get their turn: a flood must not stop the daemon."""


class LostError(Exception):
    """The connection does not work, or no longer; `str()` says why."""


class Connection:
    """A connection that was greeted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._pong = asyncio.Event()

    async def send(self, requests: Sequence[str]) -> None:
        """Send requests, and return when the server has acted on them. Raises LostError."""
        self._pong.clear()
        text = "".join(f"{request}\n" for request in (*requests, "ping"))
        try:
            async with asyncio.timeout(ANSWER):
                self._writer.write(text.encode("utf-8", "replace"))
                await self._writer.drain()
                await self._pong.wait()
        except TimeoutError:
            raise LostError("it does not answer") from None
        except OSError as error:
            raise LostError(_why(error)) from error

    async def listen(self, hear: Callable[[bytes], None]) -> None:
        """Pass on all lines but the answers to pings. Raises LostError, and ends in no other way"""
        count = 0
        while True:
            line = await self._line()
            if is_pong(line):
                self._pong.set()
            else:
                hear(line)
            count += 1
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)

    async def greeted(self) -> None:
        """Wait for the server's first line. Raises LostError."""
        line = await self._line()
        if line.startswith(BUSY):
            raise LostError("it has no place left")
        if not line.startswith(GREETING):
            raise LostError("what answers there is no reflector")

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readline()
        except ValueError:
            raise LostError("what answers there is no reflector") from None
        except OSError as error:
            raise LostError(_why(error)) from error
        if not line.endswith(b"\n"):
            raise LostError("it has closed the connection")
        return line


@asynccontextmanager
async def connected(host: str, port: int, tls: ssl.SSLContext | None) -> AsyncIterator[Connection]:
    """Connect, and be greeted. Raises LostError, and ssl.SSLCertVerificationError."""
    try:
        async with asyncio.timeout(LOGIN):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=LINE)
    except TimeoutError:
        raise LostError("no connection within 10 s") from None
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise LostError(_why(error)) from error
    try:
        connection = Connection(reader, writer)
        try:
            async with asyncio.timeout(LOGIN):
                await connection.greeted()
        except TimeoutError:
            raise LostError("what answers there is no reflector") from None
        yield connection
    finally:
        writer.transport.abort()


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"its name can't be resolved ({error.strerror})"
    return error.strerror or str(error) or type(error).__name__
