"""`pull_lock`: what is changed while a pull is under way is kept, both ways of making sure."""

import asyncio
import os
import random
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from autosyncd.api.events import Integrated
from autosyncd.vcs.base import Look
from autosyncd.vcs.git.repository import GitRepository
from tests.daemon.house import git, house, quick

Lock = Literal["optimized", "conservative"]
LOCKS: tuple[Lock, ...] = ("optimized", "conservative")
FILES = 40
ROUNDS = 2


class Looks:
    """Counts the looks at everything since the last `forget`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.whole = 0
        original = GitRepository.look

        async def look(repository: GitRepository, paths: frozenset[bytes] | None) -> Look:
            self.whole += paths is None
            return await original(repository, paths)

        monkeypatch.setattr(GitRepository, "look", look)


def push_from(other: Path, number: int) -> None:
    """Another machine changes very many files."""
    for name in range(FILES):
        (other / f"f{name}").write_text(f"{number}\n" * 50)
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", f"round {number}")
    git(other, "pull", "-q", "--no-rebase", "--no-edit")
    git(other, "push", "-q")


def begins(file: Path, text: str) -> bool:
    return file.exists() and file.read_text().startswith(text)


@pytest.mark.parametrize("lock", LOCKS)
async def test_changes_made_during_a_pull_are_kept(
    tmp_path: Path, remote: Path, clone: Path, lock: Lock
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(remote), str(other))
    mine: dict[str, str] = {}
    async with house(tmp_path, [quick(clone, pull_lock=lock)]) as home:
        await home.until_state("docs", "idle")
        for number in range(ROUNDS):
            push_from(other, number)
            pull = asyncio.create_task(home.daemon.sync(["docs"], wait=True))
            while not pull.done():
                name = f"mine{random.randrange(5)}"
                mine[name] = f"{number} {os.urandom(4).hex()}\n"
                (clone / name).write_text(mine[name])
                await asyncio.sleep(0.01)
            await pull
            last = clone / f"f{FILES - 1}"
            begin = f"{number}\n"
            await home.until(partial(begins, last, begin), limit=60)
        await home.daemon.sync(["docs"], wait=True)
        await home.until(lambda: git(clone, "status", "--porcelain") == "", limit=60)
        await home.until(lambda: home.state("docs") == "idle", limit=60)
    assert {name: (clone / name).read_text() for name in mine} == mine
    assert {name: git(remote, "show", f"main:{name}") + "\n" for name in mine} == mine
    assert git(remote, "show", "main:f0") == "\n".join([str(ROUNDS - 1)] * 50)
    assert not [name for name in os.listdir(clone) if ".conflict-" in name]


@pytest.mark.parametrize("lock", LOCKS)
async def test_only_the_conservative_one_looks_at_everything_after_a_pull(
    tmp_path: Path, remote: Path, clone: Path, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(remote), str(other))
    async with house(tmp_path, [quick(clone, pull_lock=lock)]) as home:
        await home.until_state("docs", "idle")
        looks = Looks(monkeypatch)
        push_from(other, 1)
        home.daemon.network_up()
        await home.until(lambda: bool(home.of_kind(Integrated)))
        await home.until_state("docs", "idle")
        (clone / "mark").write_text("x\n")
        await home.until(lambda: "mark" in git(clone, "ls-files"))
        assert looks.whole == (1 if lock == "conservative" else 0)
