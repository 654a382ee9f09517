"""A watched folder that vanished, or is on another disk, is held as a whole."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Held
from autosyncd.errors import AutosyncError
from tests.daemon.house import House, git, house, quick


def held(home: House) -> list[tuple[str, str]]:
    return [(one.path, one.why) for one in home.daemon.held(None).held]


def state_and_number(home: House) -> tuple[str, int]:
    one = home.daemon.status(None).repositories[0]
    return one.state, one.held


@contextmanager
def other_disk(folder: Path) -> Iterator[None]:
    mount = ["mount", "-t", "tmpfs", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


async def test_a_folder_that_vanished_is_held_until_it_is_back(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        clone.rename(clone.with_name("away"))
        await home.until(lambda: state_and_number(home) == ("blocked", 1))
        [(path, why)] = held(home)
        assert (path, "docs" in why) == (".", True)
        assert [event for event in home.events if isinstance(event, Held)]
        with pytest.raises(AutosyncError):
            await home.daemon.approve("docs", [])
        clone.with_name("away").rename(clone)
        await home.until_state("docs", "idle")
        assert (held(home), state_and_number(home)) == ([], ("idle", 0))


@pytest.mark.parametrize("kind", ["missing", "empty"])
async def test_one_that_is_not_there_at_the_start_is_held(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "docs"
    if kind == "empty":
        folder.mkdir()
    async with house(tmp_path, [quick(folder)]) as home:
        await home.until(lambda: state_and_number(home) == ("blocked", 1))
        assert [path for path, _ in held(home)] == ["."]


async def test_another_disk_is_held_and_taken_for_meant_once_that_is_approved(
    tmp_path: Path, clone: Path
) -> None:
    shutil.copytree(clone, tmp_path / "copy", symlinks=True)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        with other_disk(clone):
            shutil.copytree(tmp_path / "copy", clone, symlinks=True, dirs_exist_ok=True)
            await home.daemon.sync(None, wait=True)
            assert state_and_number(home) == ("blocked", 1)
            assert "another file system" in held(home)[0][1]
            (clone / "readme").write_text("on the new disk\n")
            assert (await home.daemon.approve("docs", [])).approved == (".",)
            await home.until(lambda: len(home.of_kind(Committed)) == 1)
            assert git(clone, "show", "HEAD:readme") == "on the new disk"
            await home.until_state("docs", "idle")
            assert held(home) == []
        # The old disk, with its own repository, is another one again, or is found to be back.
        await home.daemon.sync(None, wait=True)
        assert len(home.of_kind(Committed)) == 1
    assert git(clone, "status", "--porcelain") == ""


async def test_a_folder_on_another_disk_than_its_repository_says_so(
    tmp_path: Path, clone: Path
) -> None:
    (clone / "inside").mkdir()
    with other_disk(clone / "inside"):
        (clone / "inside" / "a").write_text("a\n")
        async with house(tmp_path, [quick(clone / "inside")]) as home:
            await home.until_state("inside", "blocked")
            reason = home.daemon.status(None).repositories[0].reason or ""
            assert "another file system than the repository around it" in reason
