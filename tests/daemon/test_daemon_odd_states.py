"""Every odd state of a repository: untouched, told with its cure, and resumed when it is over."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Problem, Pushed, Solved
from autosyncd.vcs.git import hooks, stale_locks
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick

Act = Callable[[Path], object]


def fails(folder: Path, *arguments: str) -> None:
    """git, where a conflict makes it fail."""
    done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, check=False)
    assert done.returncode


def diverge(clone: Path) -> None:
    """Two branches that disagree."""
    git(clone, "switch", "-q", "-c", "side")
    (clone / "readme").write_text("side\n")
    git(clone, "commit", "-qam", "side")
    git(clone, "switch", "-q", "main")
    (clone / "readme").write_text("main\n")
    git(clone, "commit", "-qam", "main")


def unmerged(clone: Path) -> None:
    (clone / "readme").write_text("stashed\n")
    git(clone, "stash", "-q")
    (clone / "readme").write_text("another\n")
    git(clone, "commit", "-qam", "another")
    fails(clone, "stash", "pop", "-q")


STATES: dict[str, tuple[Act, Act]] = {
    "a merge is in progress": (
        lambda clone: fails(clone, "merge", "-q", "side"),
        lambda clone: git(clone, "merge", "--abort"),
    ),
    "a rebase is in progress": (
        lambda clone: fails(clone, "rebase", "-q", "side"),
        lambda clone: git(clone, "rebase", "--abort"),
    ),
    "a cherry-pick is in progress": (
        lambda clone: fails(clone, "cherry-pick", "side"),
        lambda clone: git(clone, "cherry-pick", "--abort"),
    ),
    "a revert is in progress": (
        lambda clone: fails(clone, "revert", "--no-edit", "side"),
        lambda clone: git(clone, "revert", "--abort"),
    ),
    "a bisect is in progress": (
        lambda clone: git(clone, "bisect", "start"),
        lambda clone: git(clone, "bisect", "reset"),
    ),
    "HEAD is detached": (
        lambda clone: git(clone, "switch", "-q", "--detach"),
        lambda clone: git(clone, "switch", "-q", "main"),
    ),
    "unresolved conflicts": (unmerged, lambda clone: git(clone, "reset", "-q", "--hard")),
}


def reason(home: House) -> str:
    return home.daemon.status(["docs"]).repositories[0].reason or ""


async def blocked(home: House, why: str) -> None:
    """It says what is wrong, and what to do."""
    await home.until(lambda: home.state("docs") == "blocked" and why in reason(home))
    assert "; " in reason(home), "no cure"


async def works_again(home: House, clone: Path, remote: Path) -> None:
    """A change goes through to the remote, and people are told that it is over."""
    (clone / "after").write_text("after\n")
    await home.daemon.sync(["docs"], wait=True)
    await home.until(lambda: "after" in git(remote, "ls-tree", "--name-only", "main"))
    await home.until_state("docs", "idle")
    await home.until(lambda: bool(home.of_kind(Solved)))


@pytest.mark.parametrize("state", STATES)
async def test_the_user_s_own_business_is_waited_for(
    tmp_path: Path, remote: Path, clone: Path, state: str
) -> None:
    begin, end = STATES[state]
    diverge(clone)
    begin(clone)
    before = git(clone, "status", "--porcelain=v2", "--branch")
    async with house(tmp_path, [quick(clone)]) as home:
        await blocked(home, state)
        assert not home.of_kind(Committed)
        assert not home.of_kind(Pushed)
        assert git(clone, "status", "--porcelain=v2", "--branch") == before
        end(clone)
        await works_again(home, clone, remote)


async def test_a_branch_without_commits_gets_its_first_one(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    clone = clone_of(tmp_path / "remote.git", tmp_path / "docs")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "first").write_text("x\n")
        await home.until(lambda: bool(home.of_kind(Pushed)))
        await home.until_state("docs", "idle")
    assert not home.of_kind(Problem)
    assert git(tmp_path / "remote.git", "ls-tree", "--name-only", "main") == "first"


async def test_a_branch_deleted_at_the_remote_is_not_made_again_by_us(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        git(remote, "update-ref", "-d", "refs/heads/main")
        await home.daemon.sync(["docs"], wait=True)
        await blocked(home, "was deleted at origin")
        (clone / "goes-on").write_text("locally\n")
        await home.until(lambda: bool(home.of_kind(Committed)))
        assert git(remote, "for-each-ref") == ""
        git(clone, "push", "-q", "origin", "main")
        await works_again(home, clone, remote)


async def test_a_history_rewritten_at_the_remote_is_not_taken(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        git(other, "commit", "-q", "--amend", "-m", "rewritten")
        git(other, "push", "-qf")
        there = git(remote, "rev-parse", "main")
        await home.daemon.sync(["docs"], wait=True)
        await blocked(home, "was rewritten")
        (clone / "goes-on").write_text("locally\n")
        await home.until(lambda: bool(home.of_kind(Committed)))
        assert git(remote, "rev-parse", "main") == there
        git(clone, "merge", "-q", "--no-edit", "origin/main", "--allow-unrelated-histories")
        await works_again(home, clone, remote)


async def test_unrelated_histories_wait_for_the_user(tmp_path: Path, remote: Path) -> None:
    clone = tmp_path / "docs"
    git(tmp_path, "init", "-q", "docs")
    (clone / "mine").write_text("x\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "mine")
    git(clone, "remote", "add", "origin", str(remote))
    async with house(tmp_path, [quick(clone)]) as home:
        await blocked(home, "no history in common")
        merge = ("merge", "-q", "--no-edit", "--allow-unrelated-histories")
        git(clone, *merge, "origin/main")
        await works_again(home, clone, remote)


async def test_a_shallow_clone_syncs(tmp_path: Path, remote: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{remote}", "docs")
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(tmp_path / "docs"), quick(other)]) as home:
        (other / "theirs").write_text("x\n")
        (tmp_path / "docs" / "mine").write_text("x\n")
        await home.until(lambda: (other / "mine").exists())
        await home.until(lambda: (tmp_path / "docs" / "theirs").exists())
        await home.until_state("docs", "idle")
    assert not home.of_kind(Problem)


async def test_without_an_identity_the_changes_wait(
    tmp_path: Path, remote: Path, clone: Path, home: Path
) -> None:
    (home / ".gitconfig").write_text("")
    async with house(tmp_path, [quick(clone)]) as running:
        (clone / "new").write_text("x\n")
        await blocked(running, "git does not know who you are")
        assert (clone / "new").read_text() == "x\n"
        (home / ".gitconfig").write_text("[user]\n\tname = N\n\temail = n@example.org\n")
        await works_again(running, clone, remote)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'no spaces, please' >&2; exit 1", "refuses the commit: no spaces, please"),
        ("sleep 1000", "did not end within"),
    ],
)
async def test_a_hook_that_refuses_or_hangs_makes_the_changes_wait(
    tmp_path: Path,
    remote: Path,
    clone: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    why: str,
) -> None:
    if "sleep" in script:
        monkeypatch.setattr(hooks, "TIMEOUT", 0.5)
    hook = clone / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    async with house(tmp_path, [quick(clone, commit_hooks=True)]) as home:
        (clone / "new").write_text("x\n")
        await blocked(home, why)
        hook.unlink()
        await works_again(home, clone, remote)


async def test_a_lock_of_a_dead_git_is_cleared_while_the_daemon_runs(
    tmp_path: Path, remote: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stale_locks, "BETWEEN_LOOKS", 0.1)
    lock = clone / ".git" / "index.lock"
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        lock.touch()
        os.utime(lock, (time.time() - 30,) * 2)
        (clone / "new").write_text("x\n")
        await blocked(home, "git is at work")
        os.utime(lock, (time.time() - 90,) * 2)
        await works_again(home, clone, remote)
        assert not lock.exists()


async def test_files_and_commits_from_the_future_are_synced(tmp_path: Path, remote: Path) -> None:
    one, two = clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")
    later = str(int(time.time()) + 10 * 365 * 86400)
    (one / "readme").write_text("from the future\n")
    git(one, "-c", "core.hooksPath=/dev/null", "add", "-A")
    os.environ["GIT_COMMITTER_DATE"] = os.environ["GIT_AUTHOR_DATE"] = f"@{later} +0000"
    try:
        git(one, "commit", "-qm", "future")
    finally:
        del os.environ["GIT_COMMITTER_DATE"], os.environ["GIT_AUTHOR_DATE"]
    git(one, "push", "-q")
    (two / "readme").write_text("here and now\n")
    (two / "dated").write_text("in the future\n")
    os.utime(two / "dated", (float(later), float(later)))
    async with house(tmp_path, [quick(one), quick(two)]) as home:
        heads = ("rev-parse", "HEAD")
        await home.until(
            lambda: (one / "dated").exists() and git(one, *heads) == git(two, *heads), limit=60
        )
        for clone in (one, two):
            versions = {path.read_text() for path in clone.glob("readme*")}
            assert versions == {"from the future\n", "here and now\n"}
            assert git(clone, "status", "--porcelain") == ""


async def test_damage_is_told_as_an_event_when_it_is_mended(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    (clone / ".git" / "index").write_bytes(b"garbage")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (told,) = home.of_kind(Problem)
        assert isinstance(told, Problem)
        assert "the index was made anew" in told.message
        assert told.hint
        await works_again(home, clone, remote)


async def test_damage_that_can_t_be_mended_is_for_the_user(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    (clone / ".git" / "objects").rename(tmp_path / "objects")
    (clone / ".git" / "objects").mkdir()
    async with house(tmp_path, [quick(clone)]) as home:
        await blocked(home, "is damaged")
        assert (clone / "readme").read_text() == "hello\n"
        (clone / ".git" / "objects").rmdir()
        (tmp_path / "objects").rename(clone / ".git" / "objects")
        await home.until_state("docs", "idle")
        await works_again(home, clone, remote)
