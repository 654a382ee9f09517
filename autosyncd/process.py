"""The only place that starts a program: no shell, no prompt, a time limit, its own session."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import ProgramTimeoutError, ToolError

TERM_GRACE = 1.0
"""Seconds a program has to clean up after SIGTERM (git removes its lock files) before SIGKILL."""

NETWORK_PATIENCE = 5.0
"""Seconds that a program waits for others that wait for a network."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended; a negative `returncode` is the signal that ended it."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def complaint(self) -> str:
        """What it said on stderr, in readable form."""
        return self.stderr.decode("utf-8", "replace").strip()


class Slots:
    """How many programs run at once, over all repositories; first come, first served.

    Programs that wait for a network may take all slots but one, so that a dead remote never keeps
    anybody from committing. Whoever waits long for such a slot starts without one: those who have
    them wait for something that may never come, which costs this machine nothing.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._all = asyncio.Semaphore(size)
        self._network = asyncio.Semaphore(max(1, size - 1))

    @asynccontextmanager
    async def take(self, *, network: bool = False) -> AsyncIterator[None]:
        """Hold one slot while a program runs."""
        if not network:
            async with self._all:
                yield
        elif await _acquired(self._network, NETWORK_PATIENCE):
            try:
                async with self._all:
                    yield
            finally:
                self._network.release()
        else:
            yield


async def _acquired(slots: asyncio.Semaphore, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await slots.acquire()
    except TimeoutError:
        return False


async def run(
    argv: Sequence[str | bytes],
    *,
    cwd: str | Path,
    env: Mapping[str, str],
    stdin: bytes = b"",
    timeout: float | None = 120.0,
    hear: Callable[[bytes], None] | None = None,
) -> Finished:
    """Run a program to its end and return what it said; `hear` gets stderr as it comes.

    It gets exactly `env`, a session of its own and `stdin`. After `timeout` seconds (None: never),
    or when the caller is cancelled, its whole process group gets SIGTERM, and SIGKILL if that is
    not enough.

    Raises `ProgramTimeoutError`, and `ToolError` where it can't be started.
    """
    process = await _start(argv, cwd, env, has_stdin=bool(stdin))
    try:
        async with asyncio.timeout(timeout):
            if hear is None:
                stdout, stderr = await process.communicate(stdin or None)
            else:
                stdout, stderr = await _heard(process, hear)
    except TimeoutError as error:
        await end(process)
        name = os.fsdecode(argv[0])
        raise ProgramTimeoutError(f"cannot wait for {name}: no end after {timeout:g} s") from error
    except asyncio.CancelledError:
        await asyncio.shield(end(process))
        raise
    return Finished(process.returncode or 0, stdout, stderr)


@asynccontextmanager
async def living(
    argv: Sequence[str | bytes], *, cwd: str | Path, env: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program that lives long, with pipes to its input and both outputs.

    When the block ends, its whole process group gets SIGTERM, and SIGKILL if that is not enough.

    Raises `ToolError` where it can't be started.
    """
    process = await _start(argv, cwd, env, has_stdin=True)
    try:
        yield process
    finally:
        await asyncio.shield(end(process))


async def talk_to(
    argv: Sequence[str | bytes], *, cwd: str | Path, env: Mapping[str, str]
) -> asyncio.subprocess.Process:
    """Start a program that is asked many things over its stdin and stdout; `end` it afterwards.

    It ends by itself when we are killed, if it ends with its stdin. Raises ToolError.
    """
    return await _start(argv, cwd, env, has_stdin=True, quiet=True)


async def _start(
    argv: Sequence[str | bytes],
    cwd: str | Path,
    env: Mapping[str, str],
    *,
    has_stdin: bool,
    quiet: bool = False,
) -> asyncio.subprocess.Process:
    start = asyncio.create_subprocess_exec(
        *argv,
        cwd=cwd,
        env=dict(env),
        stdin=asyncio.subprocess.PIPE if has_stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    starting = asyncio.ensure_future(start)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.shield(_abandoned(starting))
        raise
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ToolError(f"cannot start {os.fsdecode(argv[0])}: {why}") from error


async def _abandoned(starting: asyncio.Future[asyncio.subprocess.Process]) -> None:
    """End a program that nobody wants any more.

    Were its start cancelled, asyncio would kill it without its children, and might wait for ever
    for pipes that it had not connected yet (base_subprocess.py of Python 3.11 to 3.13).
    """
    try:
        process = await starting
    except (OSError, ValueError):
        return
    await end(process)


async def _heard(
    process: asyncio.subprocess.Process, hear: Callable[[bytes], None]
) -> tuple[bytes, bytes]:
    """All that a program without stdin says."""
    stdout, stderr = process.stdout, process.stderr
    if stdout is None or stderr is None:
        raise ToolError("cannot follow the program: it has no pipes")
    out, error, _ = await asyncio.gather(stdout.read(), _followed(stderr, hear), process.wait())
    return out, error


async def _followed(stream: asyncio.StreamReader, hear: Callable[[bytes], None]) -> bytes:
    said = bytearray()
    while piece := await stream.read(1 << 16):
        said += piece
        hear(piece)
    return bytes(said)


async def end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, a moment, SIGKILL; to the whole group, since git starts helpers that outlive it."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(TERM_GRACE):
            await process.wait()
    except TimeoutError:
        pass
    _signal_group(process.pid, signal.SIGKILL)
    try:
        async with asyncio.timeout(TERM_GRACE):
            await process.wait()
    except TimeoutError:
        pass
    # What went into a session of its own may still hold the pipes, for whose end asyncio waits.
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass
