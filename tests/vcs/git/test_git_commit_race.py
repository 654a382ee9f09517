"""Others at work during a commit: writers, the user's git, and sudden death at every step."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.git import gather as gather_module
from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.git_world import (
    commit,
    content,
    git,
    head,
    must_commit,
    opened,
    saying,
    settled,
    status,
    text,
    tracked,
    write,
)

STEPS = ("copied", "hashed", "committed", "locked", "installed", "published")


def at(repository: GitRepository, step: str, act: Callable[[], object], times: int = 1) -> None:
    """Do something at a step of the next commit."""
    left = [times]

    def hook(reached: str) -> None:
        if reached == step and left[0]:
            left[0] -= 1
            act()

    repository._committer.at = hook


async def test_a_file_written_while_it_is_read_is_not_committed_and_looked_at_again(
    tree: Path,
) -> None:
    write(tree, a="before", other="x")
    repository = await opened(tree)
    at(repository, "hashed", lambda: write(tree, a="during"))
    made = await must_commit(repository)
    assert made.unstable == (b"a",)
    assert (content(tree, "a"), content(tree, "other")) == (b"one\n", b"x")
    assert status(tree) == " M a"
    await must_commit(repository, *made.unstable)
    assert content(tree, "a") == b"during"


async def test_a_writer_with_a_turned_back_clock_is_noticed(tree: Path) -> None:
    write(tree, a="before", other="x")
    repository = await opened(tree)

    def sneak() -> None:
        times = (tree / "a").stat()
        write(tree, a="during")
        os.utime(tree / "a", ns=(times.st_atime_ns, times.st_mtime_ns))

    at(repository, "hashed", sneak)
    assert (await must_commit(repository)).unstable == (b"a",)


async def test_files_that_change_faster_than_they_can_be_read_end_the_try(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather_module, "RESTS", gather_module.RESTS[:2])
    write(tree, x="1", y="2", z="3")
    repository = await opened(tree)
    look = await settled(repository)
    names = iter("xyz")
    at(repository, "hashed", lambda: write(tree, **{next(names): "new"}), times=3)
    with pytest.raises(RetryError, match="change faster"):
        await repository.commit(look, saying("m"))
    assert tracked(tree) == {b"a", b"sub/b"}


async def test_an_edit_after_the_reading_stays_visible(tree: Path) -> None:
    write(tree, a="11111")
    repository = await opened(tree)
    at(repository, "committed", lambda: write(tree, a="22222"))
    await must_commit(repository)
    assert (content(tree, "a"), status(tree)) == (b"11111", " M a")


async def test_a_commit_of_the_user_in_between_is_built_upon(tree: Path) -> None:
    write(tree, mine="m")
    repository = await opened(tree)

    def by_user() -> None:
        write(tree, theirs="t")
        git(tree, "add", "theirs")
        git(tree, "commit", "-qm", "the user's")

    at(repository, "committed", by_user)
    await must_commit(repository, b"mine")
    assert tracked(tree) == {b"a", b"sub/b", b"mine", b"theirs"}
    assert text(tree, "log", "-1", "--format=%s", "HEAD^") == "the user's"
    assert status(tree) == ""


async def test_what_the_user_stages_in_between_is_kept(tree: Path) -> None:
    write(tree, mine="m", a="staged\n")
    repository = await opened(tree)
    at(repository, "committed", lambda: git(tree, "add", "a"))
    await must_commit(repository, b"mine")
    assert (tracked(tree), status(tree)) == ({b"a", b"sub/b", b"mine"}, "M  a")


async def test_a_switch_of_the_user_in_between_keeps_the_commit_off_the_old_branch(
    tree: Path,
) -> None:
    write(tree, mine="m")
    before = head(tree)
    repository = await opened(tree)
    at(repository, "committed", lambda: git(tree, "switch", "-qc", "side"))
    await must_commit(repository)
    assert (head(tree, "main"), head(tree, "side^")) == (before, before)


async def test_a_branch_moved_past_the_lock_puts_the_index_back_and_is_built_upon(
    tree: Path,
) -> None:
    write(tree, mine="m")
    repository = await opened(tree)
    other = text(tree, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "moved")
    seen: list[str] = []

    def move() -> None:
        git(tree, "update-ref", "refs/heads/main", other)

    def hook(step: str) -> None:
        if step == "installed" and len(seen) == 1:
            move()
        if step == "copied":
            seen.append(text(tree, "ls-files", "mine"))

    repository._committer.at = hook
    await must_commit(repository)
    assert seen == ["", ""]
    assert (head(tree, "HEAD^"), status(tree)) == (other, "")


async def test_a_locked_branch_leaves_index_and_branch_as_they_were(tree: Path) -> None:
    write(tree, mine="m")
    before = head(tree)
    repository = await opened(tree)
    look = await settled(repository)
    lock = tree / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(RetryError, match="at work on the branch main"):
        await repository.commit(look, saying("m"))
    assert (head(tree), status(tree)) == (before, "?? mine")
    lock.unlink()
    await must_commit(repository)


async def test_somebody_who_never_stops_using_git_is_left_alone(tree: Path) -> None:
    write(tree, mine="m")
    repository = await opened(tree)
    look = await settled(repository)
    before = head(tree)
    user = ("commit", "-q", "--allow-empty", "-m", "the user's")
    at(repository, "committed", lambda: git(tree, *user), times=99)
    with pytest.raises(RetryError, match="keeps using git"):
        await repository.commit(look, saying("m"))
    assert (head(tree, "HEAD~3"), status(tree)) == (before, "?? mine")


async def test_a_failure_at_any_step_leaves_no_lock_and_loses_nothing(tree: Path) -> None:
    repository = await opened(tree)
    for number, step in enumerate(STEPS):
        write(tree, **{f"new{number}": "x"})

        def fail() -> None:
            raise RetryError("made to fail")

        look = await settled(repository)
        at(repository, step, fail)
        with pytest.raises(RetryError, match="made to fail"):
            await repository.commit(look, saying("m"))
        assert not (tree / ".git" / "index.lock").exists()
        git(tree, "status")
        await commit(repository)
        assert (f"new{number}".encode() in tracked(tree), status(tree)) == (True, "")


SCRIPT = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.vcs.git.git_world import commit, opened
from autosyncd.vcs.git import index_memory as module

async def main(tree, step):
    module.GIT_QUIET = 0.0
    repository = await opened(Path(tree))
    def hook(reached):
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)
    repository._committer.at = hook
    await commit(repository)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_nothing_is_lost_and_the_next_start_goes_on(
    tree: Path, step: str
) -> None:
    before = head(tree)
    write(tree, a="changed\n", new="n")
    (tree / "sub" / "b").unlink()
    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, tree, step],
        cwd=Path(__file__).parents[3],
        check=False,
        stderr=subprocess.PIPE,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (head(tree) == before) is (step != "published")
    await commit(await opened(tree))
    assert (tracked(tree), content(tree, "a"), status(tree)) == (
        {b"a", b"new"},
        b"changed\n",
        "",
    )
    assert head(tree, "HEAD^") == before
    git(tree, "fsck", "--strict")
    assert not (tree / ".git" / "index.lock").exists() or step == "published"
    write(tree, more="x")
    await must_commit(await opened(tree))
    assert not (tree / ".git" / "index.lock").exists()


@pytest.mark.parametrize("step", ["hashed", "committed"])
async def test_what_the_user_has_git_prune_during_a_commit_is_written_anew(
    tree: Path, step: str
) -> None:
    write(tree, a="new", other="x")
    repository = await opened(tree)
    at(repository, step, lambda: git(tree, "gc", "-q", "--prune=now"))
    made = await must_commit(repository)
    assert head(tree) == made.info.id
    assert (content(tree, "a"), content(tree, "other")) == (b"new", b"x")
    assert status(tree) == ""
    git(tree, "fsck", "--strict")
