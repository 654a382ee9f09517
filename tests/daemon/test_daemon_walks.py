"""At the start nothing is walked twice: each folder is listed at most once, and git goes through
the tree once; ignored folders are neither watched nor listed."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from autosyncd.vcs.git.command import Git
from autosyncd.watch.kernel import Kernel
from tests.daemon.house import git, house, quick

WHOLE = {"status", "add", "diff", "diff-files"}
"""Commands of git that look at every file, unless they are given paths."""


class Counted:
    """Which folders are watched and listed how often, and which git commands look everywhere."""

    def __init__(self, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.watched: Counter[str] = Counter()
        self.listed: Counter[str] = Counter()
        self.whole: list[tuple[Any, ...]] = []
        self._tree = tree
        add, scandir, run = Kernel.add, os.scandir, Git.run

        def counted_add(kernel: Kernel, path: bytes) -> int:
            self._count(self.watched, path)
            return add(kernel, path)

        def counted_scandir(path: Any = ".") -> Any:
            self._count(self.listed, path)
            return scandir(path)

        async def counted_run(git: Git, *words: Any, **options: Any) -> Any:
            if words[0] in WHOLE and not options.get("stdin"):
                self.whole.append(words)
            return await run(git, *words, **options)

        monkeypatch.setattr(Kernel, "add", counted_add)
        monkeypatch.setattr(os, "scandir", counted_scandir)
        monkeypatch.setattr(Git, "run", counted_run)

    def _count(self, counter: Counter[str], path: Any) -> None:
        name = Path(os.fsdecode(path))
        if name.is_relative_to(self._tree) and ".git" not in name.parts:
            counter[str(name.relative_to(self._tree))] += 1


def plant(tree: Path) -> set[str]:
    """A tree with rules and ignored folders, committed; returns the folders that are not."""
    for one in range(5):
        for two in range(4):
            (tree / f"d{one}" / f"e{two}" / "build" / "deep").mkdir(parents=True)
            (tree / f"d{one}" / f"e{two}" / "file").write_text("x\n")
            (tree / f"d{one}" / f"e{two}" / "build" / "out").write_text("x\n")
    (tree / ".gitignore").write_text("build/\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "planted")
    git(tree, "push", "-q")
    inner = {f"d{one}/e{two}" for one in range(5) for two in range(4)}
    return {".", *(f"d{one}" for one in range(5)), *inner}


async def test_a_start_walks_nothing_twice(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = plant(clone)
    counted = Counted(clone, monkeypatch)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: home.daemon.status(None).repositories[0].in_step is not None)
        await home.until_state("docs", "idle")
        assert home.daemon.status(None).repositories[0].watches == len(folders)
    assert set(counted.watched) == folders
    assert max(counted.watched.values()) <= 2  # found, and still the same when it is to be listed
    assert set(counted.listed) <= folders
    counted.listed["."] -= 1  # whether it is empty is asked before anything else
    assert max(counted.listed.values()) == 1
    assert len(counted.whole) == 1, counted.whole
