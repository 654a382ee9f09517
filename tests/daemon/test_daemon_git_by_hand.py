"""The user's own git moves files while a daemon looks at every event at once: nothing is committed
that nobody saved, and no branch gets another one's files."""

import os
import subprocess
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from autosyncd.api.events import Committed
from tests.daemon.house import House, git, house, quick

RESTLESS = {"settle": 0.0, "max_settle": 0.0, "sync": "commit"}
FILES = 60
TURNS = 6


def succeeds(tree: Path, *words: str) -> bool:
    """Whether git does it; the daemon's own may hold the lock just now."""
    command = ["git", "-C", os.fspath(tree), *words]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def by_hand(home: House, tree: Path, *words: str) -> None:
    await home.until(partial(succeeds, tree, *words))


async def rests(home: House, tree: Path) -> None:
    await home.until(lambda: git(tree, "--no-optional-locks", "status", "--porcelain") == "")
    await home.until(lambda: home.state("docs") == "idle")


def two_branches(tree: Path) -> dict[str, str]:
    """All files differ, and some are on one alone; returns their trees."""
    for branch, number in (("main", 0), ("side", 1)):
        if number:
            git(tree, "switch", "-q", "-c", branch)
        for name in range(FILES):
            (tree / f"f{name}").write_text(f"{branch} {name}\n")
        (tree / branch).mkdir()
        (tree / branch / "own").write_text("x\n")
        git(tree, "add", "-A")
        git(tree, "commit", "-q", "-m", branch)
    git(tree, "rm", "-q", "-r", "main")
    git(tree, "commit", "-q", "-m", "without")
    return {branch: git(tree, "rev-parse", branch) for branch in ("main", "side")}


async def test_branches_are_switched_and_get_nothing_of_each_other(
    tmp_path: Path, clone: Path
) -> None:
    commits = two_branches(clone)
    async with house(tmp_path, [quick(clone, **RESTLESS)]) as home:
        await home.until(lambda: home.state("docs") == "idle")
        for turn in range(TURNS):
            await by_hand(home, clone, "switch", "-q", ("main", "side")[turn % 2])
        await rests(home, clone)
        assert not home.of_kind(Committed)
        assert {branch: git(clone, "rev-parse", branch) for branch in commits} == commits
        (clone / "f0").write_text("saved\n")
        await home.until(lambda: git(clone, "show", "side:f0") == "saved")
        await rests(home, clone)
    assert git(clone, "rev-parse", "main") == commits["main"]
    assert git(clone, "diff", "--name-only", commits["side"], "side", "--") == "f0"


async def test_what_is_stashed_and_popped_is_one_save(tmp_path: Path, clone: Path) -> None:
    await saved_once(tmp_path, clone, lambda home: stash_and_pop(home, clone))


async def test_an_older_version_taken_out_is_one_save(tmp_path: Path, clone: Path) -> None:
    for text in ("changed", "later"):
        (clone / "readme").write_text(f"{text}\n")
        git(clone, "commit", "-q", "-a", "-m", text)
    await saved_once(tmp_path, clone, lambda home: take_out(home, clone))


async def saved_once(tmp_path: Path, clone: Path, act: Callable[[House], Awaitable[None]]) -> None:
    before = git(clone, "rev-parse", "HEAD")
    async with house(tmp_path, [quick(clone, **RESTLESS)]) as home:
        await home.until(lambda: home.state("docs") == "idle")
        await act(home)
        await home.until(lambda: git(clone, "show", "HEAD:readme") == "changed")
        await rests(home, clone)
    made = git(clone, "log", "--format=%H", "--first-parent", f"{before}..HEAD").split()
    assert [git(clone, "show", f"{commit}:readme") for commit in made] == ["changed"]
    assert git(clone, "diff", "--name-only", before, "HEAD") == "readme"


async def stash_and_pop(home: House, clone: Path) -> None:
    """If the daemon was faster, nothing is left to be stashed."""
    (clone / "readme").write_text("changed\n")
    await by_hand(home, clone, "stash", "-q")
    if git(clone, "stash", "list"):
        await by_hand(home, clone, "stash", "pop", "-q")


async def take_out(home: House, clone: Path) -> None:
    await by_hand(home, clone, "checkout", "-q", "HEAD~1", "--", "readme")
