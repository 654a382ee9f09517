"""kill -9 at every boundary and at any moment: no byte lost, no torn file, and it is finished."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.git.mover import recover_move, sweep
from autosyncd.vcs.tree.syscalls import NO_ABILITIES
from tests.extent import extent, spread
from tests.vcs.git.move.playground import Content, Link, Name, Playground, Program

ROOT = Path(__file__).parents[4]
RANDOM_KILLS = int(os.environ.get("MOVE_KILLS", extent(6, 3)))

BEFORE: dict[Name, Content] = {
    "changed": "old\n" * 500,
    "folder/gone": "old\n",
    "becomes-folder": "old\n",
    "becomes-file/x": "old\n",
    "link": Link("changed"),
    "program": "old\n",
    "crlf.txt": "old\n",
    ".gitattributes": "*.txt text eol=crlf\n",
}
CHANGES: dict[Name, Content] = {
    "changed": "new\n" * 700,
    "folder/gone": None,
    "becomes-folder": None,
    "becomes-folder/deep/x": "new\n",
    "becomes-file/x": None,
    "becomes-file": "new\n",
    "link": Link("program"),
    "program": Program("old\n"),
    "crlf.txt": "new\n",
    "added": "new\n" * 300,
}
DEATHS = [
    *[(name, 1) for name in ("staged", "locked", "applied", "indexed", "before-ref", "done")],
    *[(name, count) for name in ("checked", "exchanged") for count in (1, 3, 4, 7, len(CHANGES))],
]


def child(repo: Playground, *arguments: str) -> subprocess.Popen[bytes]:
    """Another process that moves the tree."""
    module = [sys.executable, "-m", "tests.vcs.git.move.crash_child"]
    return subprocess.Popen([*module, str(repo.root), *arguments], cwd=ROOT)


def whole(old: dict[str, str], new: dict[str, str], now: dict[str, str]) -> bool:
    """Whether every file that is there is entirely an old or a new one."""
    return all(text in (old.get(path), new.get(path)) for path, text in now.items())


async def finish(repo: Playground, old: str | None, new: str) -> None:
    """Recover as the daemon does at its start; git children of the dead one may still run."""
    limit = time.monotonic() + 60
    while repo.run("rev-parse", "-q", "--verify", "main") != new:
        assert time.monotonic() < limit
        target = await recover_move(repo.git, repo.layout)
        try:
            await repo.move(old, target or new)
        except RetryError:
            continue


async def check(repo: Playground, new: str, after: dict[str, str]) -> None:
    assert await recover_move(repo.git, repo.layout) is None
    repo.settled_at(new)
    assert repo.tree() == after
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.leftovers() == []
    repo.run("fsck", "--strict")


@pytest.mark.parametrize("able", ["able", "unable"])
@pytest.mark.parametrize(("name", "count"), spread(DEATHS))
async def test_killed_at_a_boundary_it_is_finished_at_the_next_start(
    repo: Playground, name: str, count: int, able: str
) -> None:
    old = repo.start(BEFORE)
    new = repo.commit(old, CHANGES)
    before, after = repo.tree(), target_tree(repo, old, new)
    assert child(repo, old, new, name, str(count), able).wait(60) == -signal.SIGKILL
    assert whole(before, after, repo.tree())
    target = await recover_move(repo.git, repo.layout)
    assert not (repo.layout.own / "journal.new").exists()
    assert target == (None if name in ("staged", "locked", "done") else new)
    if repo.head != new:
        assert (await repo.move(old, new)).done
    await check(repo, new, after)


@pytest.mark.parametrize("seed", range(RANDOM_KILLS))
async def test_killed_at_any_moment_it_is_finished_at_the_next_start(
    repo: Playground, seed: int
) -> None:
    old = repo.start(BEFORE)
    new = repo.commit(old, CHANGES)
    before, after = repo.tree(), target_tree(repo, old, new)
    process = child(repo, old, new, "never", "1", "able")
    limit = time.monotonic() + 60
    while not any(repo.layout.own.glob("displaced/*")) and process.poll() is None:
        assert time.monotonic() < limit
    moment = time.monotonic() + random.Random(seed).uniform(0, 0.12)
    while time.monotonic() < moment and process.poll() is None:
        pass
    process.kill()
    process.wait()
    assert whole(before, after, repo.tree())
    await finish(repo, old, new)
    await check(repo, new, after)


async def test_killed_on_an_unborn_branch_it_is_finished_too(repo: Playground) -> None:
    new = repo.commit(None, {"a": "1", "b": "2"})
    assert child(repo, "unborn", new, "exchanged", "1", "able").wait(60) == -signal.SIGKILL
    assert await recover_move(repo.git, repo.layout) == new
    assert (await repo.move(None, new)).done
    await check(repo, new, {"a": "1", "b": "2"})


@pytest.mark.parametrize("able", ["able", "unable"])
async def test_an_edit_made_while_the_daemon_was_dead_stays(repo: Playground, able: str) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    child(repo, old, new, "exchanged", "1", able).wait(60)
    repo.write("a", "mine")
    repo.write("b", "mine")
    target = await recover_move(repo.git, repo.layout)
    assert target == new
    assert not (await repo.move(old, target)).done
    assert repo.tree() == {"a": "mine", "b": "mine"}


async def test_an_edit_displaced_in_the_instant_of_death_comes_to_light(repo: Playground) -> None:
    """An editor renames its file over ours between the check and the exchange; then we die."""
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    child(repo, old, new, "exchanged", "1", "able").wait(60)
    (slot,) = repo.layout.own.glob("displaced/*/0")
    slot.unlink()
    slot.write_text("mine")
    assert await recover_move(repo.git, repo.layout) == new
    assert (await repo.move(old, new)).done
    (late,) = await sweep(repo.git, repo.layout, grace=0)
    assert (late.path, late.base) == (b"a", old)
    assert repo.run("cat-file", "blob", late.oid) == "mine"


async def test_where_names_cannot_be_exchanged_a_crash_leaves_none_empty(
    repo: Playground,
) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    child(repo, old, new, "exchanged", "1", "unable").wait(60)
    assert repo.tree() == {}
    await recover_move(repo.git, repo.layout)
    assert repo.tree() == {"a": "1"}
    assert (await repo.move(old, new, abilities=NO_ABILITIES)).done


async def test_after_the_user_moved_head_an_old_update_is_forgotten(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    child(repo, old, new, "exchanged", "1", "able").wait(60)
    (repo.layout.git_dir / "index.lock").unlink()
    repo.run("commit", "-q", "-a", "-m", "mine")
    assert await recover_move(repo.git, repo.layout) is None
    assert not (repo.layout.own / "journal").exists()


async def test_a_lock_of_somebody_else_survives_recovery(repo: Playground) -> None:
    repo.start({"a": "1"})
    lock = repo.layout.git_dir / "index.lock"
    lock.write_bytes(b"DIRC")
    assert await recover_move(repo.git, repo.layout) is None
    assert lock.read_bytes() == b"DIRC"


def target_tree(repo: Playground, old: str, new: str) -> dict[str, str]:
    """What the tree of `new` looks like, by git's own checkout."""
    elsewhere = repo.root.parent / "target"
    repo.run("worktree", "add", "-q", "--detach", str(elsewhere), new)
    found = Playground(elsewhere).tree()
    repo.run("worktree", "remove", "--force", str(elsewhere))
    return found
