"""What goes into a program that lives long, and what comes out of it, line by line."""

import asyncio

COMPLAINT = 2000
"""Bytes of its complaints that are kept: the last ones."""

END = 5.0


class LostError(Exception):
    """The watcher can't be reached, or no longer; `str()` says why."""


class Speech:
    """Talks with one program; `close` it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._complaint = b""
        self._complaining = asyncio.create_task(self._take_complaints())

    async def send(self, text: bytes) -> None:
        """Give it its input; whether it takes it shows in what it says. Raises LostError."""
        stdin = self._process.stdin
        if stdin is None:
            return
        try:
            async with asyncio.timeout(END):
                stdin.write(text)
                await stdin.drain()
        except TimeoutError:
            raise LostError("it takes no input") from None
        except OSError:
            pass

    async def line(self, limit: float) -> str | None:
        """The next line, None at the end. Raises LostError after `limit` seconds of silence."""
        stdout = self._process.stdout
        if stdout is None:
            return None
        try:
            async with asyncio.timeout(limit):
                line = await stdout.readline()
        except TimeoutError:
            raise LostError(f"nothing was heard for {limit:g} s") from None
        except ValueError:
            raise LostError("what answers there is no watcher of ours") from None
        return line.decode("utf-8", "replace").rstrip("\r\n") if line.endswith(b"\n") else None

    async def end(self) -> tuple[int, str]:
        """Its exit code, and the last line of what it complained of."""
        try:
            async with asyncio.timeout(END):
                code = await self._process.wait()
                await self._complaining
        except TimeoutError:
            raise LostError("it has closed its output, and does not end") from None
        lines = self._complaint.decode("utf-8", "replace").strip().splitlines()
        return code, lines[-1].strip() if lines else ""

    def close(self) -> None:
        """Stop listening."""
        self._complaining.cancel()

    async def _take_complaints(self) -> None:
        stderr = self._process.stderr
        while stderr and (some := await stderr.read(COMPLAINT)):
            self._complaint = (self._complaint + some)[-COMPLAINT:]
