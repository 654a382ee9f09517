"""`pull_lock`: what is changed while a pull is under way is kept, both ways of making sure."""

import asyncio
import os
import random
from itertools import cycle
from pathlib import Path
from typing import Literal

import pytest

from autosyncd.api.events import Integrated
from autosyncd.vcs.base import Look
from autosyncd.vcs.git.repository import GitRepository
from tests.daemon.house import House, git, house, quick
from tests.vcs.contract.subject import Subject, installed, write_files
from tests.vcs.contract.subjects import SUBJECTS
from tests.vcs.hg.hg_world import hg

Lock = Literal["optimized", "conservative"]
LOCKS: tuple[Lock, ...] = ("optimized", "conservative")
FILES = 40
ROUNDS = {"git": 2, "hg": 1}
TOOLS = [
    pytest.param(one, id=one.name, marks=() if one.quick else pytest.mark.once)
    for one in SUBJECTS
    if one.name in ROUNDS
]


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


class Hands:
    """A user who writes, deletes, renames and makes executable some files of their own; `files` is
    what there is then: content, and whether it may be executed."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._dice = random.Random(7)
        self._acts = cycle((self._write, self._rename, self._allow, self._write, self._delete))
        self.files: dict[str, tuple[str, bool]] = {}
        self.done: set[str] = set()

    def do_something(self) -> None:
        """The next thing, with a file at random; where there is none it is written instead."""
        act = next(self._acts)
        name = f"mine{self._dice.randrange(6)}"
        if act != self._write and name not in self.files:
            act = self._write
        act(name)
        self.done.add(act.__name__)

    def _write(self, name: str) -> None:
        text = f"{self._dice.random()}\n" * 5
        (self._tree / name).write_text(text)
        self.files[name] = text, self.files.get(name, ("", False))[1]

    def _delete(self, name: str) -> None:
        (self._tree / name).unlink()
        del self.files[name]

    def _rename(self, name: str) -> None:
        other = f"mine{self._dice.randrange(6)}"
        (self._tree / name).rename(self._tree / other)
        self.files[other] = self.files.pop(name)

    def _allow(self, name: str) -> None:
        text, executable = self.files[name]
        (self._tree / name).chmod(0o644 if executable else 0o755)
        self.files[name] = text, not executable


def mine(tree: Path) -> dict[str, tuple[str, bool]]:
    """The user's own files in a tree."""
    return {
        path.name: (path.read_text(), bool(path.stat().st_mode & 0o100))
        for path in tree.glob("mine*")
    }


def theirs(number: int) -> dict[bytes, bytes]:
    """What another machine changes: very many files."""
    return {b"f%d" % name: b"%d\n" % number * 50 for name in range(FILES)}


def check_out(subject: Subject, address: str, folder: Path) -> None:
    """What is shared now."""
    subject.check_out(address, folder)
    if subject.name == "hg":  # what it makes is a copy of an older one
        hg(folder, "pull", "-q", "-u")


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("subject", TOOLS)
async def test_changes_made_during_a_pull_are_kept(
    tmp_path: Path, subject: Subject, lock: Lock
) -> None:
    docs = tmp_path / "docs"
    if not installed(subject) and os.environ.get("CI") != "true":
        pytest.skip(f"{subject.name} is not installed")
    (tmp_path / "server").mkdir()
    address = subject.share(tmp_path / "server", theirs(0))
    subject.check_out(address, docs)
    hands = Hands(docs)
    async with house(tmp_path, [quick(docs, pull_lock=lock)], (subject.backend(),)) as home:
        await home.until_state("docs", "idle")
        for number in range(1, ROUNDS[subject.name] + 1):
            other = tmp_path / f"other{number}"
            check_out(subject, address, other)
            write_files(other, theirs(number))
            subject.publish(other)
            home.daemon.network_up()
            async with asyncio.timeout(60):
                while not has_come(docs, number) or len(hands.done) < 4:
                    hands.do_something()
                    await asyncio.sleep(0.03)
            await home.daemon.sync(["docs"], wait=True)
            await home.until(lambda: in_step(home))
    assert mine(docs) == hands.files
    assert not [name for name in os.listdir(docs) if ".conflict-" in name]
    assert subject.unfinished(docs) == ""
    check_out(subject, address, tmp_path / "final")
    assert mine(tmp_path / "final") == hands.files
    assert (tmp_path / "final" / "f0").read_bytes() == theirs(ROUNDS[subject.name])[b"f0"]


def has_come(docs: Path, number: int) -> bool:
    """Whether the last of the files that come in is there."""
    return (docs / "f39").read_bytes() == theirs(number)[b"f39"]


def in_step(home: House) -> bool:
    [status] = home.daemon.status(None).repositories
    return status.state == "idle" and not (status.pending or status.ahead or status.behind)


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
