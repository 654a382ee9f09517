"""Ignore rules that change while the daemon runs, and what they cover that matters all the same."""

import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.daemon.house import House, git, house, quick


@pytest.fixture(autouse=True)
def nobody_switches_branches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What git writes by hand here need not be waited for."""
    monkeypatch.setattr("autosyncd.vcs.git.index_memory.GIT_QUIET", 0.0)


def watched(home: House) -> int:
    return home.daemon.status(None).repositories[0].watches


def tracked(tree: Path) -> list[str]:
    return git(tree, "ls-files").split()


def by_hand(tree: Path, *arguments: str) -> bool:
    """Whether a git of the user's succeeds; the daemon's may hold the lock for a moment."""
    command = ["git", "-C", os.fspath(tree), *arguments]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def rests(home: House, tree: Path) -> None:
    await home.until(lambda: git(tree, "--no-optional-locks", "status", "--porcelain") == "")
    await home.until_state("docs", "idle")


async def follows(home: House, tree: Path, path: str) -> None:
    """Wait until a change of the file alone is committed; the first may come with a look at
    everything, the second by its event alone."""
    for text in ("first change", "second change"):
        (tree / path).write_text(f"{text}\n")
        await home.until(lambda: git(tree, "show", f"HEAD:{path}") == text)  # noqa: B023 - awaited
        await rests(home, tree)


def globally(tree: Path) -> Path:
    """The user's own rules, in a file that git's settings name only now."""
    rules = tree.parent / "my rules"
    git(tree, "config", "--global", "core.excludesFile", os.fspath(rules))
    return rules


def by_default(tree: Path) -> Path:
    """Where git looks for them otherwise; not even the folder is there."""
    rules = Path(os.environ["HOME"], ".config", "git", "ignore")
    rules.parent.mkdir(parents=True)
    return rules


PLACES: dict[str, Callable[[Path], Path]] = {
    "root": lambda tree: tree / ".gitignore",
    "nested": lambda tree: tree / "a" / ".gitignore",
    "exclude": lambda tree: tree / ".git" / "info" / "exclude",
    "global": globally,
    "default": by_default,
}


@pytest.mark.parametrize(
    "place", ["root", *(pytest.param(place, marks=pytest.mark.once) for place in [*PLACES][1:])]
)
async def test_changed_rules_take_effect_at_once_both_ways(
    tmp_path: Path, clone: Path, place: str
) -> None:
    (clone / "a" / "out" / "deep").mkdir(parents=True)
    (clone / "a" / "file").write_text("x\n")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: "a/file" in tracked(clone))
        await rests(home, clone)
        assert watched(home) == 4
        rules = PLACES[place](clone)
        rules.write_text("out/\n")
        await home.until(lambda: watched(home) == 2)
        (clone / "a" / "out" / "deep" / "covered").write_text("x\n")
        (clone / "a" / "mark").write_text("x\n")
        await home.until(lambda: "a/mark" in tracked(clone))
        await rests(home, clone)
        assert "a/out/deep/covered" not in tracked(clone)
        rules.write_text("")
        await home.until(lambda: "a/out/deep/covered" in tracked(clone))
        await home.until(lambda: watched(home) == 4)
        await rests(home, clone)
        await follows(home, clone, "a/out/deep/covered")


async def test_a_tracked_file_is_followed_although_a_new_rule_covers_it(
    tmp_path: Path, clone: Path
) -> None:
    (clone / "build" / "deep").mkdir(parents=True)
    (clone / "build" / "deep" / "tracked").write_text("x\n")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: "build/deep/tracked" in tracked(clone))
        await rests(home, clone)
        (clone / ".gitignore").write_text("build/\n")
        await home.until(lambda: ".gitignore" in tracked(clone))
        await rests(home, clone)
        await follows(home, clone, "build/deep/tracked")


async def test_a_covered_file_that_comes_in_or_is_added_by_force_is_followed(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    (clone / ".gitignore").write_text("build/\n")
    (clone / "build").mkdir()
    other = tmp_path / "other"
    async with house(tmp_path, [quick(clone, pull_interval=0.1)]) as home:
        await home.until(lambda: ".gitignore" in tracked(clone))
        await rests(home, clone)
        (clone / "build" / "mine").write_text("x\n")
        for words in (("add", "-f", "build/mine"), ("commit", "-q", "-m", "by hand")):
            await home.until(partial(by_hand, clone, *words))
        await rests(home, clone)
        await follows(home, clone, "build/mine")
        await home.until(
            lambda: git(remote, "rev-parse", "main") == git(clone, "rev-parse", "main")
        )
        git(tmp_path, "clone", "-q", str(remote), str(other))
        (other / "build" / "theirs").write_text("x\n")
        git(other, "add", "-f", "build/theirs")
        git(other, "commit", "-q", "-m", "by hand")
        git(other, "push", "-q")
        await home.until(lambda: "build/theirs" in tracked(clone))
        await rests(home, clone)
        await follows(home, clone, "build/theirs")
