"""kill -9 of the engine and of its hg, anywhere in a round: the next start loses nothing."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.vcs.contract.copies import Copy, open_copy
from tests.vcs.hg.conftest import SUBJECT, Pair
from tests.vcs.hg.hg_world import hg

ROOT = Path(__file__).parents[3]
ALL = os.environ.get("AUTOSYNC_ATTACKS") == "all"
NUMBERS = range(1, 70, 2) if ALL else (7, 12, 17, 22, 27, 32, 37, 42)
MOMENTS = 60 if ALL else 4
NEVER = 10_000
LONGEST = 1.5
"""Seconds from a round's begin within which a random kill falls."""
PATHS = (b"a.txt", b"sub/b.txt", b"new", b"sub/deep/file")


class Writer:
    """Writes lines that are nowhere else, in files that it shows; every one has to stay."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.written: set[bytes] = set()

    def edit(self, copy: Copy, who: str) -> None:
        for _ in range(3):
            name, line = self._dice.choice(PATHS), b"%s-%d\n" % (who.encode(), len(self.written))
            path = copy.path(name)
            before = path.read_bytes() if path.exists() else b""
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(".draft.swp")
            draft.write_bytes(line + before if self._dice.random() < 0.5 else before + line)
            draft.rename(path)
            self.written.add(line)


def child(root: Path, number: int) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "tests.vcs.hg.kill_child", str(root), str(number)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE)


def kill_in(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Kill it and the hg that it has started."""
    assert process.stdout
    process.stdout.readline()
    moment = time.monotonic() + seconds
    while time.monotonic() < moment and process.poll() is None:
        time.sleep(0.001)  # the moment itself is what is tested
    with contextlib.suppress(OSError):
        for started in (
            (Path(f"/proc/{process.pid}/task/{process.pid}/children")).read_text().split()
        ):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(started), signal.SIGKILL)
    process.kill()
    process.wait(60)


async def both_edited(pair: Pair, mine: Copy, writer: Writer) -> None:
    """One has pushed, the other has changes of its own that are in no commit."""
    writer.edit(pair.theirs, "theirs")
    await pair.theirs.sync()
    writer.edit(mine, "mine")


async def next_life(root: Path, pair: Pair) -> Copy:
    """The next daemon finds its way, while the other machine goes on."""
    mine = await open_copy(SUBJECT, root)
    async with asyncio.timeout(60):  # the dead may still be dying, and hold their locks
        while (await mine.repository.inspect()).obstacle:
            await asyncio.sleep(0.01)
    for copy in (mine, pair.theirs, mine):
        await copy.sync()
    await mine.repository.close()
    return mine


async def must_be_whole(pair: Pair, mine: Copy, writer: Writer) -> None:
    """Both have the same files with all lines, and nothing is left in the middle."""
    for _ in range(3):
        for copy in (mine, pair.theirs):
            await copy.sync()
    files = mine.files()
    assert files == pair.theirs.files()
    lines = {line for text in files.values() for line in text.splitlines(keepends=True)}
    assert writer.written - lines == set()
    assert not list((mine.root / ".hg" / "autosync").glob("ask-*")), "requests of the dead"
    assert not any(line.startswith((b"<<<<<<<", b">>>>>>>")) for line in lines)
    for root in (mine.root, pair.theirs.root):
        assert SUBJECT.unfinished(root) == ""
        shown = ("log", "-r", "head() and not secret()", "-T", "{node}")
        assert len(hg(root, *shown)) == 40, "a head is left behind"
    for root in (mine.root, Path(pair.address)):
        hg(root, "verify", "-q")
    await mine.repository.close()


@pytest.mark.timeout(600)
async def test_killed_before_or_in_any_command_of_hg_it_loses_nothing(pair: Pair) -> None:
    mine, writer, died = pair.mine, Writer(random.Random(1)), 0
    await mine.repository.close()
    for number in NUMBERS:
        await both_edited(pair, mine, writer)
        with child(mine.root, number) as process:
            code = await asyncio.to_thread(process.wait, 120)
        assert code in (0, -signal.SIGKILL)
        died += code != 0
        mine = await next_life(mine.root, pair)
    assert died >= len(NUMBERS) // 2
    await must_be_whole(pair, mine, writer)


@pytest.mark.timeout(600)
async def test_killed_at_any_moment_it_loses_nothing(pair: Pair) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    mine, writer = pair.mine, Writer(dice)
    await mine.repository.close()
    for number in range(MOMENTS):
        await both_edited(pair, mine, writer)
        with child(mine.root, NEVER) as process:
            await asyncio.to_thread(kill_in, process, dice.uniform(0, LONGEST))
        if number % 2:
            mine = await next_life(mine.root, pair)
    await must_be_whole(pair, await next_life(mine.root, pair), writer)
