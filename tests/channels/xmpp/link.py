"""A network link in a test's hand: it can swallow everything without closing anything."""

import asyncio
from contextlib import suppress

READ = 65536


class Wire:
    """Passes a TCP port on to another; a connection that was killed swallows everything."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._generation = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen on a port of its own."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End all connections."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def kill(self) -> None:
        """From now on the connections that exist are dead, and new ones live."""
        self._generation += 1

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, self._generation))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, generation: int
    ) -> None:
        with suppress(OSError):
            while data := await source.read(READ):
                if generation == self._generation:
                    sink.write(data)
            if generation == self._generation:
                sink.close()
