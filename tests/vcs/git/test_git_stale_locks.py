"""Locks that a killed git left are moved aside, those of a living one never."""

import asyncio
import logging
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.boot import Boot
from autosyncd.errors import RejectedError, RetryError
from autosyncd.vcs.git import stale_locks
from autosyncd.vcs.git.lock import locked
from autosyncd.vcs.git.processes import MARK, end_orphans, git_at_work
from autosyncd.vcs.git.stale_locks import StaleLocks
from autosyncd.vcs.tree.own_disk import on_own_disk
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, head, must_commit, opened, write

LOCKS = (
    "index.lock",
    "HEAD.lock",
    "config.lock",
    "packed-refs.lock",
    "shallow.lock",
    "next-index-123.lock",
    "refs/heads/main.lock",
    "refs/heads/deep/er/name.lock",
    "refs/remotes/origin/main.lock",
    "objects/maintenance.lock",
    "objects/info/commit-graphs/commit-graph-chain.lock",
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_locks, "BETWEEN_LOOKS", 0.05)


def old(lock: Path, content: bytes = b"half an index") -> Path:
    """A lock that was left an hour ago."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_bytes(content)
    os.utime(lock, (time.time() - 3600,) * 2)
    return lock


def aside(control: Path) -> list[Path]:
    return sorted((control / "autosync").glob("stale-*"))


@contextmanager
def git_in(folder: Path) -> Iterator[None]:
    """A git that is at work there: it waits for its input."""
    with subprocess.Popen(
        ["git", "-C", folder, "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"HEAD\n")
        process.stdin.flush()
        process.stdout.readline()
        yield


@pytest.mark.parametrize("name", LOCKS)
async def test_every_lock_of_a_dead_git_is_moved_aside_at_the_start(
    tree: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    lock = old(tree / ".git" / name)
    with caplog.at_level(logging.WARNING):
        repository = await opened(tree)
    assert not lock.exists()
    (moved,) = aside(tree / ".git")
    assert moved.read_bytes() == b"half an index"
    assert str(lock) in caplog.text
    write(tree, a="goes on\n")
    await must_commit(repository)


async def test_a_lock_stays_as_long_as_a_git_is_at_work_there(tree: Path) -> None:
    lock = old(tree / ".git" / "index.lock")
    with git_in(tree / "sub"):
        assert git_at_work((tree,))
        await opened(tree)
    assert lock.exists()
    assert not git_at_work((tree,))


async def test_a_young_lock_stays(tree: Path) -> None:
    lock = tree / ".git" / "index.lock"
    lock.touch()
    await opened(tree)
    assert lock.exists()


async def test_a_young_lock_of_before_a_power_cut_is_moved_at_once(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tree / ".git" / "refs/remotes/origin/main.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    monkeypatch.setattr(stale_locks, "this_boot", lambda: Boot("new", time.time() + 5))
    with git_in(tree / "sub"):
        await opened(tree)
    assert lock.exists()
    await opened(tree)
    assert not lock.exists()
    assert len(aside(tree / ".git")) == 1


async def test_a_clock_that_is_set_back_makes_no_lock_one_from_before_the_start(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the hardware clock has local time, the clock is hours ahead until it is corrected;
    the kernel's start of the machine goes with it."""
    now = time.time()
    monkeypatch.setattr(stale_locks, "this_boot", lambda: Boot("this", now + 7200))
    repository = await opened(tree)
    monkeypatch.setattr(stale_locks, "this_boot", lambda: Boot("this", now - 60))
    lock = tree / ".git" / "index.lock"
    lock.touch()
    await repository.health.look_at_lock()
    await repository.recover()
    assert lock.exists()


async def test_a_lock_that_changes_between_two_looks_stays(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = old(tree / ".git" / "index.lock")
    looks, first_look = [], StaleLocks._old

    def look(locks: StaleLocks) -> object:
        looks.append(first_look(locks))
        if len(looks) == 1:
            lock.unlink()
            old(lock, b"somebody else's")
        return looks[-1]

    monkeypatch.setattr(StaleLocks, "_old", look)
    await opened(tree)
    assert len(looks) > 1
    assert lock.read_bytes() == b"somebody else's"


async def test_a_lock_with_a_time_in_the_future_is_moved_once_it_was_seen_for_a_minute(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tree / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (time.time() + 86400,) * 2)
    repository = await opened(tree)
    assert lock.exists()
    monkeypatch.setattr(stale_locks, "STALE_AFTER", 0.0)
    await repository.inspect()
    assert not lock.exists()


async def test_nothing_is_moved_on_the_disk_of_another_machine(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale_locks, "on_own_disk", lambda _folder: False)
    lock = old(tree / ".git" / "index.lock")
    await opened(tree)
    assert lock.exists()


def test_this_disk_is_our_own_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    assert on_own_disk(tmp_path)
    assert not on_own_disk(tmp_path / "nowhere")


async def test_a_lock_of_another_daemon_that_lives_stays(tree: Path) -> None:
    repository = await opened(tree)
    with locked(tree / ".git" / "index"):
        os.utime(tree / ".git" / "index.lock", (0, 0))
        await repository.inspect()
        assert (tree / ".git" / "index.lock").exists()


async def test_a_lock_that_is_left_while_we_run_is_moved_too(tree: Path) -> None:
    repository = await opened(tree)
    old(tree / ".git" / "index.lock")
    assert (await repository.inspect()).obstacle is None
    write(tree, a="goes on\n")
    await must_commit(repository)


async def test_a_fetch_that_met_a_dead_lock_goes_on_at_the_next_try(trio: Trio) -> None:
    made = commit_by_hand(trio.theirs, a="theirs")
    git(trio.theirs, "push", "-q")
    repository = await opened(trio.mine)
    old(trio.mine / ".git" / "refs" / "remotes" / "origin" / "main.lock")
    with pytest.raises(RetryError):
        await repository.fetch()
    await repository.fetch()
    assert (await repository.inspect()).tip == made


async def test_a_dead_lock_on_a_record_of_ours_is_a_reason_to_try_again(trio: Trio) -> None:
    repository = await opened(trio.mine)
    made = commit_by_hand(trio.mine, a="mine")
    old(trio.mine / ".git/refs/autosync/seen/origin/main.lock")
    with pytest.raises(RetryError):
        await repository.push(made)
    assert await repository.push(made) == 0 or head(trio.remote, "main") == made


async def test_a_dead_lock_at_a_remote_that_is_a_folder_is_moved_aside(trio: Trio) -> None:
    repository = await opened(trio.mine)
    made = commit_by_hand(trio.mine, b="mine")
    old(trio.remote / "refs" / "heads" / "main.lock")
    with pytest.raises(RejectedError):
        await repository.push(made)
    assert len(aside(trio.remote)) == 1
    assert await repository.push(made) == 1


async def test_a_lock_at_the_remote_stays_while_a_git_is_at_work_there(trio: Trio) -> None:
    repository = await opened(trio.mine)
    made = commit_by_hand(trio.mine, b="mine")
    lock = old(trio.remote / "refs" / "heads" / "main.lock")
    with git_in(trio.remote), pytest.raises(RejectedError):
        await repository.push(made)
    assert lock.exists()


@contextmanager
def sleeping(
    folder: Path, environment: Mapping[str, str] | None = None, *, leads: bool = False
) -> Iterator["subprocess.Popen[bytes]"]:
    everything = {**os.environ, **(environment or {})}
    with subprocess.Popen(
        ["sleep", "1000"], cwd=folder, env=everything, start_new_session=leads
    ) as process:
        yield process
        process.kill()


async def test_what_a_dead_daemon_had_started_is_waited_for_and_then_ended(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncd.vcs.git.processes.PATIENCE", 0.1)
    dead = {MARK: "1.123456"}
    with (
        sleeping(tree, dead) as orphan,
        sleeping(tree) as other,
        sleeping(tree, dead, leads=True) as agent,
    ):
        await end_orphans((tree,))
        assert orphan.wait(60) == -15
        assert (other.poll(), agent.poll()) == (None, None)


async def test_what_a_dead_daemon_had_started_elsewhere_is_left_alone(tree: Path) -> None:
    with sleeping(tree.parent, {MARK: "1.123456"}) as elsewhere:
        await end_orphans((tree,))
        assert elsewhere.poll() is None


async def test_what_we_started_ourselves_is_no_orphan(tree: Path) -> None:
    repository = await opened(tree)
    with sleeping(tree, repository._git.environment) as child:
        await asyncio.wait_for(end_orphans((tree,)), 60)
        assert child.poll() is None
