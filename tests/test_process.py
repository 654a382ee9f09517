"""Programs never prompt, never hang and leave no children behind."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autosyncd import process
from autosyncd.errors import ProgramTimeoutError, ToolError
from autosyncd.process import Slots, run
from tests.waiting import until

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that init has yet to reap has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def test_a_program_gets_its_input_and_environment_and_nothing_else(tmp_path: Path) -> None:
    script = "import os, sys; print(sorted(os.environ)[:9], sys.stdin.read()); sys.exit(3)"
    finished = await run(
        [sys.executable, "-c", script], cwd=tmp_path, env={"ONLY": "this"}, stdin=b"hello"
    )
    assert finished.returncode == 3
    assert b"'ONLY'" in finished.stdout
    assert b"HOME" not in finished.stdout
    assert finished.stdout.endswith(b"hello\n")


async def test_stdin_is_empty_and_there_is_no_terminal(tmp_path: Path) -> None:
    script = "import os, sys; print(len(sys.stdin.read()), os.getsid(0) == os.getpid())"
    finished = await run([sys.executable, "-c", script], cwd=tmp_path, env=ENVIRONMENT)
    assert finished.stdout == b"0 True\n"


async def test_what_takes_too_long_ends_with_all_its_children(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 1000 & echo $! > child; wait; sleep 1000"
    child = tmp_path / "child"
    for seconds in (0.5, 5.0, 50.0):  # on a busy machine it takes a while to begin
        with pytest.raises(ProgramTimeoutError):
            await run(["sh", "-c", script], cwd=tmp_path, env=ENVIRONMENT, timeout=seconds)
        if child.exists() and child.read_text():
            break
    pid = int(child.read_text())
    await until(lambda: gone(pid))


async def test_a_cancelled_caller_leaves_no_program_behind(tmp_path: Path) -> None:
    task = asyncio.create_task(
        run(["sh", "-c", "echo $$ > pid; exec sleep 1000"], cwd=tmp_path, env=ENVIRONMENT)
    )
    file = tmp_path / "pid"
    await until(lambda: file.exists() and file.read_text().strip())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: gone(int(file.read_text())))


@pytest.mark.parametrize("steps", range(12))
async def test_a_caller_that_is_cancelled_at_the_start_leaves_nobody_behind(
    tmp_path: Path, steps: int
) -> None:
    script = "sleep 1000 & echo $! > child; wait"
    task = asyncio.create_task(run(["sh", "-c", script], cwd=tmp_path, env=ENVIRONMENT))
    for _ in range(steps):
        await asyncio.sleep(0)
    time.sleep(0.05)  # the program goes on, while we have yet to hear of its start
    task.cancel()
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await task
    child = tmp_path / "child"
    if child.exists() and (pid := child.read_text()):
        await until(lambda: gone(int(pid)))


async def test_what_left_the_session_with_our_pipes_holds_nobody_up(tmp_path: Path) -> None:
    """Such as a daemon that a hook has started."""
    child = tmp_path / "child"
    script = "setsid sleep 1000 & echo $! > child; wait"
    task = asyncio.create_task(run(["sh", "-c", script], cwd=tmp_path, env=ENVIRONMENT))
    await until(lambda: child.exists() and child.read_text().strip())
    try:
        await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(60):
            with pytest.raises(asyncio.CancelledError):
                await task
    finally:
        os.kill(int(child.read_text()), signal.SIGKILL)


async def test_what_cannot_be_started_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot start no-such-program"):
        await run(["no-such-program"], cwd=tmp_path, env=ENVIRONMENT)


async def test_a_program_that_reads_no_input_does_no_harm(tmp_path: Path) -> None:
    finished = await run(["true"], cwd=tmp_path, env=ENVIRONMENT, stdin=b"x" * 1_000_000)
    assert finished.returncode == 0


async def test_programs_that_wait_for_a_network_never_take_all_slots() -> None:
    slots = Slots(2)
    async with slots.take(network=True):
        other = asyncio.create_task(_hold(slots, network=True))
        async with asyncio.timeout(60), slots.take():
            assert not other.done()
    await other


async def test_a_network_that_hangs_keeps_no_other_network_waiting_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "NETWORK_PATIENCE", 0.05)
    slots = Slots(3)
    hung = [slots.take(network=True) for _ in range(2)]
    async with asyncio.timeout(60), hung[0], hung[1], slots.take(network=True), slots.take():
        pass
    async with asyncio.timeout(60), slots.take(network=True), slots.take(network=True):
        pass


async def test_no_more_programs_run_at_once_than_there_are_slots() -> None:
    slots = Slots(3)
    running, most = 0, 0

    async def one() -> None:
        nonlocal running, most
        async with slots.take():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(one() for _ in range(20)))
    assert most <= 3


async def _hold(slots: Slots, *, network: bool) -> None:
    async with slots.take(network=network):
        pass


async def test_what_a_program_says_is_heard_while_it_runs_and_returned_at_the_end(
    tmp_path: Path,
) -> None:
    heard: list[bytes] = []
    script = "echo one >&2; read x < fifo; seq 100000; echo two >&2; exit 3"
    os.mkfifo(tmp_path / "fifo")

    def listen(piece: bytes) -> None:
        if not heard:
            (tmp_path / "fifo").write_text("go\n")
        heard.append(piece)

    finished = await run(["sh", "-c", script], cwd=tmp_path, env=ENVIRONMENT, hear=listen)
    assert (finished.returncode, finished.stderr) == (3, b"one\ntwo\n")
    assert b"".join(heard) == b"one\ntwo\n"
    assert len(finished.stdout.splitlines()) == 100_000
