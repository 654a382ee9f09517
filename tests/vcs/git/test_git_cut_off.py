"""What a killed `git pull` or `git checkout` left cut off is never committed."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncd.vcs.git import cut_off, stale_locks
from autosyncd.vcs.tree.syscalls import NO_ABILITIES
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit, commit_by_hand, content, git, head, opened, status

LONG = "".join(f"line {number}\n" for number in range(5000))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_locks, "BETWEEN_LOOKS", 0.05)


@pytest.fixture(params=["able", "unable"])
def pulled(trio: Trio, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Trio:
    """Somebody pushed long files; here git has fetched them, and then was killed."""
    if request.param == "unable":
        monkeypatch.setattr(cut_off, "probe", lambda _folder: NO_ABILITIES)
    commit_by_hand(trio.theirs, a=LONG, sub__b=LONG, new=LONG, done=LONG)
    git(trio.theirs, "push", "-q")
    git(trio.mine, "fetch", "-q")
    lock = trio.mine / ".git" / "index.lock"
    lock.write_bytes(b"")
    os.utime(lock, (time.time() - 3600,) * 2)
    return trio


def aside(tree: Path) -> set[str]:
    folders = (tree / ".git" / "autosync").glob("cut-off-*")
    return {file.read_text() for folder in folders for file in folder.iterdir()}


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    "damage",
    [
        lambda tree: (tree / "a").write_text(LONG[:4096]),
        lambda tree: (tree / "a").write_text(""),
        lambda tree: (tree / "a").unlink(),
        lambda tree: (tree / "new").write_text(LONG[:4096]),
        lambda tree: (tree / "sub" / "b").write_text(LONG[:-1]),
    ],
    ids=["cut off", "empty", "missing", "new", "by one byte"],
)
async def test_a_cut_off_file_is_whole_again_before_anything_is_committed(
    pulled: Trio, damage: Damage
) -> None:
    damage(pulled.mine)
    repository = await opened(pulled.mine)
    assert status(pulled.mine) == ""
    assert await commit(repository) is None
    await repository.fetch()
    await repository.move(head(pulled.theirs))
    for name in ("a", "sub/b", "new", "done"):
        assert (pulled.mine / name).read_text() == LONG
    assert status(pulled.mine) == ""


async def test_the_bytes_that_were_there_are_kept(pulled: Trio) -> None:
    (pulled.mine / "a").write_text(LONG[:4096])
    (pulled.mine / "new").write_text(LONG[:99])
    await opened(pulled.mine)
    assert aside(pulled.mine) == {LONG[:4096], LONG[:99]}
    assert (pulled.mine / "a").read_text() == "one\n"
    assert not (pulled.mine / "new").exists()


async def test_what_git_had_written_whole_stays(pulled: Trio) -> None:
    (pulled.mine / "done").write_text(LONG)
    (pulled.mine / "a").write_text(LONG[:9])
    repository = await opened(pulled.mine)
    made = await commit(repository)
    assert made is not None
    assert [change.path for change in made.changes] == [b"done"]


async def test_an_edit_of_the_user_is_no_cut_off_file(pulled: Trio) -> None:
    (pulled.mine / "a").write_text(LONG[:4096] + "and my own words\n")
    (pulled.mine / "mine").write_text("")
    await commit(await opened(pulled.mine))
    assert content(pulled.mine, "a").endswith(b"my own words\n")
    assert content(pulled.mine, "mine") == b""


async def test_a_file_that_the_user_shortened_is_an_edit(pulled: Trio) -> None:
    (pulled.mine / ".git" / "index.lock").unlink()
    (pulled.mine / "a").write_text("")
    await commit(await opened(pulled.mine))
    assert content(pulled.mine, "a") == b""


async def test_a_program_stays_one(pulled: Trio) -> None:
    (pulled.mine / "a").chmod(0o755)
    (pulled.mine / ".git" / "index.lock").rename(pulled.mine / "kept")
    git(pulled.mine, "commit", "-qam", "a program")
    (pulled.mine / "kept").rename(pulled.mine / ".git" / "index.lock")
    (pulled.mine / "a").write_text("li")
    await opened(pulled.mine)
    assert (pulled.mine / "a").read_text() == "one\n"
    assert os.access(pulled.mine / "a", os.X_OK)


async def test_it_happens_while_we_run_too(pulled: Trio) -> None:
    lock = pulled.mine / ".git" / "index.lock"
    lock.rename(pulled.mine.parent / "kept")
    repository = await opened(pulled.mine)
    (pulled.mine / "a").write_text(LONG[:4096])
    (pulled.mine.parent / "kept").rename(lock)
    await repository.inspect()
    assert status(pulled.mine) == ""


async def test_what_was_cut_before_the_lock_was_taken_is_the_user_s_own_work(pulled: Trio) -> None:
    (pulled.mine / "a").write_text(LONG[:100])
    (pulled.mine / "sub" / "b").unlink()
    old = time.time() - 7200
    os.utime(pulled.mine / "a", (old, old))
    os.utime(pulled.mine / "sub", (old, old))
    repository = await opened(pulled.mine)
    assert repository is not None
    assert (pulled.mine / "a").read_text() == LONG[:100]
    assert not (pulled.mine / "sub" / "b").exists()
    assert aside(pulled.mine) == set()
