"""kill -9 of the Mercurial engine and of its hg: before or in any command, or at any moment."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.vcs.contract.copies import Copy, open_copy
from tests.vcs.hg.conftest import FIRST, SUBJECT, Pair
from tests.vcs.hg.hg_world import hg

ROOT = Path(__file__).parents[3]
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


async def made(place: Path) -> Pair:
    """Two working copies below a folder."""
    server = place / "server"
    server.mkdir()
    address = SUBJECT.share(server, FIRST)
    for name in ("mine", "theirs"):
        SUBJECT.check_out(address, place / name)
    mine, theirs = [await open_copy(SUBJECT, place / name) for name in ("mine", "theirs")]
    await mine.repository.close()
    return Pair(address, mine, theirs)


async def survive(place: Path, seed: int, numbers: Iterable[int], *, moments: int = 0) -> int:
    """A world through many deaths, `moments` of them at any moment, with every line still there in
    the end. Returns how often a round was killed by its number."""
    dice = random.Random(seed)
    pair, writer, died = await made(place), Writer(dice), 0
    mine = pair.mine
    for number in numbers:
        await both_edited(pair, mine, writer)
        with child(mine.root, number) as process:
            code = await asyncio.to_thread(process.wait, 120)
        assert code in (0, -signal.SIGKILL)
        died += code != 0
        mine = await next_life(mine.root, pair)
    for moment in range(moments):
        await both_edited(pair, mine, writer)
        with child(mine.root, NEVER) as process:
            await asyncio.to_thread(kill_in, process, dice.uniform(0, LONGEST))
        if moment % 2:
            mine = await next_life(mine.root, pair)
    await must_be_whole(pair, await next_life(mine.root, pair), writer)
    await pair.theirs.repository.close()
    return died
