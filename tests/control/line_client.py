"""A client by hand: sends lines, reads lines."""

import asyncio
import json
from pathlib import Path
from typing import Any, Self

PATIENCE = 60.0


class LineClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, path: Path) -> Self:
        """Connect to the socket."""
        return cls(*await asyncio.open_unix_connection(path, limit=1 << 26))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    def send(self, line: bytes) -> None:
        """Send a line; its end is added."""
        self.writer.write(line + b"\n")

    def request(self, method: str, id_: object = 1, **params: object) -> None:
        """Send a request."""
        body = {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}
        self.send(json.dumps(body).encode())

    async def read(self) -> dict[str, Any]:
        """The next line; empty when the server has closed."""
        try:
            async with asyncio.timeout(PATIENCE):
                line = await self.reader.readline()
        except ConnectionError:
            line = b""
        answer: dict[str, Any] = json.loads(line) if line else {}
        return answer

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Send a request and return the reply."""
        self.request(method, **params)
        return await self.read()
