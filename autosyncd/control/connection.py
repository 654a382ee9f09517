"""One client: its requests side by side, its replies and events one after the other."""

import asyncio
from dataclasses import dataclass

from autosyncd.api.codec import LINE_LIMIT, Code, encode_error, encode_event
from autosyncd.control.handlers import Wanted, answer
from autosyncd.control.peer import on_hang_up
from autosyncd.control.served import Served


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may use: bytes in a line, connections, requests in progress on each.

    A client that takes nothing off its socket for `patience` seconds is disconnected.
    """

    line: int = LINE_LIMIT
    connections: int = 256
    requests: int = 16
    patience: float = 30.0


class Connection:
    """A client from its first to its last byte."""

    def __init__(
        self,
        served: Served,
        limits: Limits,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._served = served
        self._limits = limits
        self._reader = reader
        self._writer = writer
        # No byte stays behind in the transport: whoever has sent knows that it was taken.
        writer.transport.set_write_buffer_limits(high=0)
        self._sending = asyncio.Lock()
        self._free = asyncio.Semaphore(limits.requests)
        self._unanswered = 0
        self._listening: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self.last_used = asyncio.get_running_loop().time()

    @property
    def busy(self) -> bool:
        """Whether the client waits for anything."""
        return self._unanswered > 0 or self._listens()

    async def run(self) -> None:
        """Serve the client until it has gone, or has said all and got all its answers."""
        try:
            async with asyncio.TaskGroup() as listeners:
                async with asyncio.TaskGroup() as requests:
                    await self._read(requests, listeners)
                await self._until_gone()
                self._stop_listening()
        finally:
            self.drop()

    def drop(self) -> None:
        """Disconnect at once."""
        self._gone.set()
        self._writer.transport.abort()

    async def _read(self, requests: asyncio.TaskGroup, listeners: asyncio.TaskGroup) -> None:
        while not self._gone.is_set() and (line := await self._line()):
            self.last_used = asyncio.get_running_loop().time()
            await self._free.acquire()
            self._unanswered += 1
            requests.create_task(self._answer(line, listeners))

    async def _line(self) -> bytes:
        """The next line, the last one also without its end; empty when there are no more."""
        try:
            return await self._reader.readuntil()
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError:
            text = f"the request is longer than {self._limits.line} bytes"
            await self._send(encode_error(None, Code.INVALID_REQUEST, text))
        except ConnectionError:
            pass
        self._gone.set()
        return b""

    async def _answer(self, line: bytes, listeners: asyncio.TaskGroup) -> None:
        try:
            done = await answer(self._served, line)
            if done.wanted:
                self._listen(done.wanted, listeners)
            if done.line:
                await self._send(done.line)
        finally:
            self._unanswered -= 1
            self._free.release()

    def _listen(self, wanted: Wanted, listeners: asyncio.TaskGroup) -> None:
        self._stop_listening()
        if not self._gone.is_set():
            self._listening = listeners.create_task(self._forward(wanted))

    def _stop_listening(self) -> None:
        if self._listening:
            self._listening.cancel()

    def _listens(self) -> bool:
        return self._listening is not None and not self._listening.done()

    async def _forward(self, wanted: Wanted) -> None:
        with self._served.bus.subscribe() as subscription:
            while not self._gone.is_set():
                events = await subscription.take()
                if lines := [encode_event(event) for event in events if wanted.includes(event)]:
                    await self._send(b"".join(lines))

    async def _send(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(self._limits.patience), self._sending:
                if not self._gone.is_set():
                    self._writer.write(data)
                    await self._writer.drain()
        except (TimeoutError, ConnectionError):
            self.drop()

    async def _until_gone(self) -> None:
        """A client that has closed its sending half may still listen."""
        if self._listens() and not self._writer.is_closing():
            socket = self._writer.get_extra_info("socket")
            with on_hang_up(socket.fileno(), self._gone.set):
                await self._gone.wait()
