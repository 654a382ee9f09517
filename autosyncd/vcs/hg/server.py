"""Mercurial's command server: one process that answers many commands, since each start of `hg`
costs a tenth of a second (https://wiki.mercurial-scm.org/CommandServer).

All that is read comes in blocks: a channel of one letter, a length of four bytes, the data. `o`
and `e` are stdout and stderr, `r` is the result, and capital letters ask for input, of which there
is none: nothing ever prompts.
"""

import asyncio
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from autosyncd.errors import ProgramTimeoutError, RetryError, ToolError
from autosyncd.process import Finished, end, talk_to

IDLE = 30.0
"""Seconds without a command after which the process is ended: it takes memory."""

_HEADER = struct.Struct(">cI")
_LENGTH = struct.Struct(">I")
_RESULT = struct.Struct(">i")
_BROKEN = (asyncio.IncompleteReadError, ConnectionError, struct.error)


class CommandServer:
    """One `hg serve`, started when it is needed, ended when it is not or when it misbehaves."""

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        idle: float = IDLE,
    ) -> None:
        self._argv = tuple(argv)
        self._seconds = idle
        self._folder = folder
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._idle: asyncio.Task[None] | None = None

    async def run(self, arguments: Sequence[bytes], timeout: float) -> Finished:
        """Run one command; others wait for their turn.

        Raises ProgramTimeoutError, ToolError where the server can't be started, RetryError where it
        has died of the command. A command that is cancelled or overdue dies with the server.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(timeout):
                    return await self._answer(arguments)
            except TimeoutError as error:
                await self._end()
                what = arguments[0].decode("utf-8", "replace")
                late = f"cannot wait for hg {what}: no end after {timeout:g} s"
                raise ProgramTimeoutError(late) from error
            except _BROKEN as error:
                await self._end()
                what = arguments[0].decode("utf-8", "replace")
                raise RetryError(
                    f"cannot run hg {what}: it was ended in the middle",
                    hint="another one is started by itself",
                ) from error
            except BaseException:
                await asyncio.shield(self._end())
                raise

    async def close(self) -> None:
        """End the process, if there is one; the next command starts another."""
        async with self._turn:
            await self._end()

    async def _answer(self, arguments: Sequence[bytes]) -> Finished:
        self._stay()
        if self._process is not None and self._process.returncode is not None:
            await self._end()
        process = self._process or await self._start()
        assert process.stdin is not None  # noqa: S101 - it was started with pipes
        request = b"\0".join(arguments)
        process.stdin.write(b"runcommand\n" + _LENGTH.pack(len(request)) + request)
        await process.stdin.drain()
        out: dict[bytes, list[bytes]] = {b"o": [], b"e": []}
        while True:
            channel, data = await self._block(process)
            if channel == b"r":
                self._leave_later()
                result = _RESULT.unpack(data)[0]
                return Finished(result, b"".join(out[b"o"]), b"".join(out[b"e"]))
            if channel in out:
                out[channel].append(data)

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await talk_to(self._argv, cwd=self._folder, env=self._environment)
        try:
            channel, hello = await self._block(self._process)
        except _BROKEN as error:
            raise ToolError("cannot talk to hg: its command server ends at once") from error
        if channel != b"o" or b"runcommand" not in hello:
            raise ToolError("cannot talk to hg: it has no command server")
        return self._process

    async def _block(self, process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
        """The next block of output; input that is asked for is said to be at its end."""
        assert process.stdout is not None  # noqa: S101 - it was started with pipes
        assert process.stdin is not None  # noqa: S101 - it was started with pipes
        while True:
            channel, length = _HEADER.unpack(await process.stdout.readexactly(_HEADER.size))
            if channel in b"IL":
                process.stdin.write(_LENGTH.pack(0))
                continue
            if channel.isupper():
                raise ToolError("cannot talk to hg: it asks something that nobody can answer")
            return channel, await process.stdout.readexactly(length)

    def _leave_later(self) -> None:
        self._idle = asyncio.create_task(self._leave())

    async def _leave(self) -> None:
        await asyncio.sleep(self._seconds)
        self._idle = None
        await self.close()

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    async def _end(self) -> None:
        self._stay()
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(ConnectionError):
                process.stdin.close()
        await end(process)
