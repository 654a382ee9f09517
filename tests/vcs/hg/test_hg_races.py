"""Programs write while updates come in: nothing is lost, and every update completes."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.errors import EditedError, RetryError
from autosyncd.vcs.hg import tree_update
from tests.vcs.contract.copies import Copy
from tests.vcs.git.move import writers as writing
from tests.vcs.hg.conftest import Pair
from tests.vcs.hg.hg_world import hg

STYLES = ("in-place", "append", "rename-over")
UPDATES = 4
ROUNDS = 60


@contextmanager
def writers(copy: Copy, logs: Path) -> Iterator[None]:
    """One program for each style, each at a file of its own."""
    processes = [
        subprocess.Popen([sys.executable, writing.__file__, copy.root / style, style, logs / style])
        for style in STYLES
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(60) for process in processes] == [0] * len(processes)


async def rounds(copy: Copy) -> None:
    """What a worker does, until the tree has moved to all that the others have pushed."""
    await copy.repository.fetch()
    for _ in range(ROUNDS):
        try:
            look = await copy.repository.look(None)
            if look.changes:
                await copy.repository.commit(look, _message)
            if (await copy.repository.inspect()).behind == 0:
                return
            await copy.take_in()
        except (EditedError, RetryError):
            await asyncio.sleep(0)
    raise AssertionError("the update never completes")


async def _message(_changes: object) -> str:
    return "automatic"


def lines(copy: Copy) -> set[str]:
    """All that is in the tree, or ever was in a commit."""
    now = [content.decode() for content in copy.files().values()]
    past = hg(copy.root, "log", "-p", "-r", "all()", "--hidden", "-T", "").decode()
    added = [line[1:] for line in past.splitlines() if line.startswith("+")]
    return {line for text in now for line in text.splitlines()} | set(added)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_writers_in_all_styles_lose_nothing(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_update, "GRACE", 0.0)
    logs = tmp_path / "logs"
    logs.mkdir()
    pair.mine.write({style.encode(): b"start\n" for style in STYLES})
    await pair.mine.sync()
    await pair.theirs.sync()
    with writers(pair.mine, logs):
        for number in range(UPDATES):
            line = b"theirs-%d\n" % number
            for style in STYLES:
                path = pair.theirs.path(style.encode())
                path.write_bytes(line + path.read_bytes())
            await pair.theirs.sync()
            await rounds(pair.mine)
    await pair.mine.sync()
    await pair.mine.repository.tidy()
    await pair.mine.sync()
    written = {line for log in logs.iterdir() for line in log.read_text().splitlines()}
    assert written
    assert written - lines(pair.mine) == set()
    assert not any(b"<<<<" in content for content in pair.mine.files().values())
