"""kill -9 in the middle of an update: the next life finishes it, and nothing is lost."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vcs.contract.copies import open_copy
from tests.vcs.hg.conftest import SUBJECT, Pair
from tests.vcs.hg.hg_world import hg

HERE = Path(__file__).parents[3]
CHILD = "tests.vcs.hg.crash_child"


@pytest.mark.parametrize("checkpoint", ["staged", "exchanged", "applied", "settled"])
async def test_a_killed_update_is_finished_in_the_next_life(pair: Pair, checkpoint: str) -> None:
    pair.theirs.write({b"a.txt": b"theirs\n", b"new/file": b"n\n"})
    pair.theirs.path(b"sub/b.txt").unlink()
    await pair.theirs.sync()
    pair.mine.write({b"mine": b"m\n"})
    await pair.mine.commit()
    await pair.mine.repository.close()
    argv = [sys.executable, "-m", CHILD, str(pair.mine.root), checkpoint]
    killed = subprocess.run(argv, cwd=HERE, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    again = await open_copy(SUBJECT, pair.mine.root)
    await again.sync()
    await pair.theirs.sync()
    assert again.files() == pair.theirs.files()
    assert again.files() == {b"a.txt": b"theirs\n", b"new/file": b"n\n", b"mine": b"m\n"}
    assert SUBJECT.unfinished(again.root) == ""
    assert len(hg(again.root, "log", "-r", "head() and not secret()", "-T", "{node}")) == 40
    assert not (again.root / ".hg" / "autosync" / "journal").exists()


async def test_a_commit_whose_daemon_died_is_not_made_twice(pair: Pair) -> None:
    """The tree's parent is set back, as if the process had died right after the commit."""
    dirstate = pair.mine.root / ".hg" / "dirstate"
    before = dirstate.read_bytes()
    pair.mine.write({b"new": b"n\n"})
    made = await pair.mine.commit()
    assert made
    extra = hg(pair.mine.root, "log", "-r", "tip", "-T", "{get(extras, 'autosync')}").decode()
    await pair.mine.repository.close()
    dirstate.write_bytes(before)
    (pair.mine.root / ".hg" / "autosync" / "committing").write_text(extra)
    again = await open_copy(SUBJECT, pair.mine.root)
    standing = await again.repository.inspect()
    assert (standing.head, standing.obstacle) == (made.info.id, None)
    assert not (await again.settled()).changes
