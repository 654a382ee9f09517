"""SparkleShare's C server, as it was found to behave: see what each line of it says."""

import asyncio
import time

from tests.ports import free_port


class Fanout:
    """Greets, subscribes to `all`, never strips `\\r`, answers no subscription, ignores the rest;
    several deliveries may share a segment; whoever announces hears it, too."""

    def __init__(self) -> None:
        self.port = free_port()
        self.requests: list[bytes] = []
        self._server: asyncio.Server | None = None
        self._channels: dict[bytes, list[asyncio.StreamWriter]] = {}
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen, on the same port each time."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        while self._writers:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        self._server = None

    def tell(self, line: bytes) -> None:
        """Send something to everybody."""
        for writer in self._writers:
            writer.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        writer.write(b"debug!connected...\n")
        self._channels.setdefault(b"all", []).append(writer)
        try:
            while (line := await reader.readline()).endswith(b"\n"):
                self.requests.append(line)
                self._act(line.removesuffix(b"\n"), writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            for listeners in self._channels.values():
                while writer in listeners:
                    listeners.remove(writer)
            writer.transport.abort()

    def _act(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        verb, _, rest = line.partition(b" ")
        match verb:
            case b"ping" if not rest:
                writer.write(b"%d\n" % time.time())
            case b"info" if not rest:
                writer.write(b"fanout server\nuptime: 1s\nclients:\n")
            case b"subscribe" if rest and b"!" not in rest and b" " not in rest:
                if writer not in self._channels.setdefault(rest, []):
                    self._channels[rest].append(writer)
            case b"unsubscribe":
                if writer in self._channels.get(rest, []):
                    self._channels[rest].remove(writer)
            case b"announce":
                channel, _, message = rest.partition(b" ")
                for listener in self._channels.get(channel, []) if message else ():
                    listener.write(channel + b"!" + message + b"\n")
