"""The command server may die, hang, ask or be replaced: the next command has another one."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from autosyncd.errors import NeedsUserError, ProgramTimeoutError, RetryError, ToolError
from autosyncd.process import Slots
from autosyncd.vcs.base import OpenOptions
from autosyncd.vcs.hg.backend import HgBackend
from autosyncd.vcs.hg.repository import HgRepository
from autosyncd.vcs.hg.server import CommandServer
from tests.vcs.hg.conftest import Pair

FAKE = """
import os, struct, sys, time
def say(channel, data):
    sys.stdout.buffer.write(struct.pack(">cI", channel, len(data)) + data)
    sys.stdout.buffer.flush()
say(b"o", b"capabilities: runcommand" if sys.argv[1] == "good" else b"capabilities: none")
while sys.stdin.buffer.readline():
    size = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    word = sys.stdin.buffer.read(size)
    if word == b"die":
        os.kill(os.getpid(), 9)
    if word == b"half":
        sys.stdout.buffer.write(struct.pack(">cI", b"o", 100) + b"half")
        sys.stdout.buffer.flush()
        os._exit(0)
    if word == b"hang":
        sys.stdin.buffer.read()
    if word == b"ask":
        say(b"X", b"")
    if word == b"input":
        sys.stdout.buffer.write(struct.pack(">cI", b"L", 1))
        sys.stdout.buffer.flush()
        assert sys.stdin.buffer.read(4) == bytes(4)
    say(b"o", str(os.getpid()).encode())
    say(b"r", struct.pack(">i", 0))
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[CommandServer]:
    made = fake(tmp_path, "good")
    yield made
    await made.close()


def fake(folder: Path, kind: str) -> CommandServer:
    return CommandServer([sys.executable, "-c", FAKE, kind], folder, dict(os.environ))


async def answers(server: CommandServer) -> int:
    """A command is answered; by which process."""
    return int((await server.run([b"pid"], 60)).stdout)


@pytest.mark.parametrize("word", [b"die", b"half"])
async def test_a_command_of_which_it_dies_can_be_tried_again(
    server: CommandServer, word: bytes
) -> None:
    first = await answers(server)
    with pytest.raises(RetryError, match="ended in the middle"):
        await server.run([word], 60)
    assert await answers(server) != first


async def test_one_that_died_between_two_commands_is_not_noticed(server: CommandServer) -> None:
    first = await answers(server)
    process = server._process
    assert process
    os.kill(first, signal.SIGKILL)
    await asyncio.wait_for(process.wait(), 60)
    assert await answers(server) != first


async def test_one_that_hangs_is_ended(server: CommandServer) -> None:
    first = await answers(server)
    with pytest.raises(ProgramTimeoutError, match="no end after"):
        await server.run([b"hang"], 0.1)
    assert await answers(server) != first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


async def test_nobody_ever_answers_questions(server: CommandServer) -> None:
    assert (await server.run([b"input"], 60)).returncode == 0
    with pytest.raises(ToolError, match="asks something"):
        await server.run([b"ask"], 60)
    assert await answers(server)


async def test_a_command_that_is_given_up_takes_its_server_along(server: CommandServer) -> None:
    first = await answers(server)
    hanging = asyncio.ensure_future(server.run([b"hang"], 600))
    waiting = asyncio.ensure_future(server.run([b"pid"], 60))
    await asyncio.sleep(0)
    hanging.cancel()
    await asyncio.wait({hanging}, timeout=60)
    assert hanging.cancelled()
    assert int((await waiting).stdout) != first


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (["false"], "ends at once"),
        (["/nowhere/hg"], "cannot start"),
        ([sys.executable, "-c", FAKE, "other"], "no command server"),
    ],
)
async def test_what_is_no_command_server_is_told(tmp_path: Path, argv: list[str], why: str) -> None:
    with pytest.raises(ToolError, match=why):
        await CommandServer(argv, tmp_path, dict(os.environ)).run([b"pid"], 60)


async def test_another_hg_in_its_place_is_used_at_once(pair: Pair, tmp_path: Path) -> None:
    """An old process would load parts of the new program."""
    program = tmp_path / "bin" / "hg"
    program.parent.mkdir()
    real = os.environ["PATH"]
    for version in ("old", "new"):
        draft = program.with_name("draft")
        draft.write_text(f"#!/bin/sh\n# {version}\nPATH='{real}' exec hg \"$@\"\n")
        draft.chmod(0o755)
        draft.rename(program)
        if version == "old":
            repository = await opened(pair.mine.root, f"{program.parent}:{real}")
            await repository.inspect()
            before = repository._hg._server._process
    await repository.inspect()
    now = repository._hg._server._process
    assert before
    assert now
    assert before.pid != now.pid
    assert before.returncode is not None
    await repository.close()


async def opened(folder: Path, path: str) -> HgRepository:
    options = OpenOptions(
        path=folder,
        remote=None,
        ignore=(),
        on_conflict=(("*", "keep-both"),),
        commit_hooks=False,
        machine="0123456789abcdef",
        host="testhost",
        slots=Slots(4),
        environment={**os.environ, "PATH": path},
    )
    return cast("HgRepository", await HgBackend().open(options))


async def test_no_hg_one_without_a_server_and_a_broken_store_are_told_with_the_cure(
    pair: Pair, tmp_path: Path
) -> None:
    with pytest.raises(NeedsUserError, match="cannot use hg") as caught:
        await opened(pair.mine.root, str(tmp_path))
    assert "install" in (caught.value.hint or "")
    program = tmp_path / "hg"
    program.write_text("#!/bin/sh\nprintf 'no such command' >&2\nexit 255\n")
    program.chmod(0o755)
    with pytest.raises(NeedsUserError, match="ends at once"):
        await opened(pair.mine.root, f"{tmp_path}:{os.environ['PATH']}")
    store = pair.mine.root / ".hg" / "store" / "00changelog.i"
    whole = store.read_bytes()
    store.write_bytes(b"\xff" * len(whole))
    with pytest.raises(NeedsUserError, match="cannot see where") as caught:
        await opened(pair.mine.root, os.environ["PATH"])
    assert "verify" in (caught.value.hint or "")
    store.write_bytes(whole)
    assert (await pair.mine.repository.inspect()).head
