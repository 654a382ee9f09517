"""A save is looked at after each of its steps: what a program needs for moments is in no commit.

The steps are those that real programs made, in `recorded_saves.txt`.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.base import Look
from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.tree import saving
from autosyncd.vcs.tree.disk import FRESH
from tests.vcs.git.git_world import LIMIT, content, make, opened, saying, settled, tracked

RECORDED = Path(__file__).with_name("recorded_saves.txt")
REAL = {b"note.txt", b"x.odt", b"x.db", b"a/1", b"a/b/2", b"a/b/3"}
"""What the programs were asked to save."""


@dataclass(frozen=True)
class Op:
    """One event that was recorded."""

    kinds: tuple[str, ...]
    name: str


def recordings() -> dict[str, list[Op]]:
    """The sequences by their titles."""
    found: dict[str, list[Op]] = {}
    for block in RECORDED.read_text().split("\n\n")[1:]:
        title, *lines = block.strip("\n").split("\n")
        found[title] = [op for line in lines for op in _ops(line.strip())]
    return found


def _ops(line: str) -> Iterator[Op]:
    matched = re.fullmatch(r"(\S+) ?(.*?)(?:   \(x(\d+)\))?", line)
    assert matched, line
    for _ in range(int(matched[3] or 1)):
        yield Op(tuple(matched[1].split(",")), matched[2])


@dataclass
class Player:
    """Does to a tree what made the events."""

    root: Path
    moving: str | None = None
    steps: int = 0

    def play(self, op: Op) -> bool:
        """Do it; returns whether the tree is another one now."""
        path = self.root / op.name
        match op.kinds:
            case ("CREATE", "ISDIR"):
                path.mkdir(exist_ok=True)
            case ("CREATE",) if op.name.startswith(".#"):
                path.symlink_to("me@host.1:2")
            case ("CREATE",):
                path.touch()
            case ("MODIFY",) if path.exists():
                self.steps += 1
                path.write_text(f"step {self.steps}\n")
            case ("MOVED_FROM",):
                self.moving = op.name
                return False
            case ("MOVED_TO",):
                assert self.moving
                (self.root / self.moving).rename(path)
            case ("DELETE",):
                path.unlink()
            case _:
                return False
        return True


async def patiently(repository: GitRepository, look: Look) -> None:
    """Commit it as soon as the git that made the tree has been gone for long enough."""
    async with asyncio.timeout(LIMIT):
        while True:
            try:
                await repository.commit(look, saying("m"))
            except RetryError:
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.parametrize("title", recordings())
async def test_no_step_of_a_save_leaves_its_traces_in_a_commit(tmp_path: Path, title: str) -> None:
    files = {"note.txt": "before\n"}
    if "x.odt" in str(recordings()[title]):
        files["x.odt"] = "before\n"
    tree = make(tmp_path / "tree", **files)
    repository, player = await opened(tree), Player(tree)
    for op in recordings()[title]:
        if player.play(op):
            await asyncio.sleep(FRESH + 0.005)
            look = await repository.look(None)
            if look.changes:
                await patiently(repository, look)
                assert tracked(tree) <= REAL
                assert tracked(tree) >= {os.fsencode(name) for name in files}
    await patiently(repository, await settled(repository))
    for path in REAL & {os.fsencode(op.name) for op in recordings()[title]}:
        assert content(tree, os.fsdecode(path)) == (tree / os.fsdecode(path)).read_bytes()


async def test_a_file_that_keeps_such_a_name_is_committed_in_time(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree", a="1")
    repository = await opened(tree)
    (tree / "data.202401").write_text("real")
    look = await settled(repository)
    assert look.changes == ()
    assert look.unstable == ()
    assert 100 < look.passing[b"data.202401"] <= 120


async def test_the_users_patterns_say_which_names_are_real(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree", a="1")
    repository = await opened(tree, ignore=("!*.202401", "!*~"))
    for name in ("data.202401", "note.txt~", "data.202402"):
        (tree / name).write_text("real")
    look = await settled(repository)
    assert {change.path for change in look.changes} == {b"data.202401", b"note.txt~"}
    assert set(look.passing) == {b"data.202402"}


async def test_a_file_whose_backup_was_not_made_just_now_is_really_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "REPLACING", 0.3)
    tree = make(tmp_path / "tree", **{"note.txt": "1", "other": "2"})
    (tree / "note.txt~").write_text("old")
    repository = await opened(tree)
    (tree / "note.txt").unlink()
    assert b"note.txt" in (await repository.look(None)).unstable
    look = await settled(repository)
    assert [change.path for change in look.changes] == [b"note.txt"]


async def test_a_backup_from_the_future_keeps_no_deletion_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was set back since: until it comes there again would be for hours."""
    tree = make(tmp_path / "tree", note__txt="x\n")
    repository = await opened(tree)
    renamed_at = saving._renamed_at
    monkeypatch.setattr(saving, "_renamed_at", lambda path: renamed_at(path) + 7200)
    (tree / "note" / "txt").rename(tree / "note" / "txt.bak")
    look = await settled(repository)
    assert look.unstable == ()
    assert b"note/txt" in {change.path for change in look.changes}
