"""A watched folder that becomes something else while it is watched, and is itself again later."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncd.api.events import Committed
from tests.daemon.house import House, git, house, quick


def an_empty_folder(place: Path) -> None:
    place.mkdir()


def a_file(place: Path) -> None:
    place.write_text("x\n")


def a_dangling_link(place: Path) -> None:
    place.symlink_to(place.parent / "nowhere")


def a_link_to_an_empty_folder(place: Path) -> None:
    (place.parent / "empty").mkdir()
    place.symlink_to(place.parent / "empty")


def nothing(_place: Path) -> None:
    """It is just not there."""


def gone(place: Path) -> None:
    """What took its place goes again."""
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.exists():
        place.rmdir()


REPLACEMENTS = (an_empty_folder, a_file, a_dangling_link, a_link_to_an_empty_folder, nothing)


async def goes_on(home: House, tree: Path, text: str) -> None:
    """What is written now is committed, and nothing else was meanwhile."""
    (tree / "note").write_text(f"{text}\n")
    await home.until(lambda: git(tree, "ls-tree", "--name-only", "HEAD") == "note\nreadme")
    await home.until(lambda: git(tree, "show", "HEAD:note") == text)
    await home.until(lambda: home.state("docs") == "idle")


@pytest.mark.parametrize("become", REPLACEMENTS)
async def test_what_takes_its_place_is_not_committed(
    tmp_path: Path, clone: Path, become: Callable[[Path], None]
) -> None:
    aside = tmp_path / "aside"
    async with house(tmp_path, [quick(clone, sync="commit")]) as home:
        await home.until_state("docs", "idle")
        clone.rename(aside)
        become(clone)
        await home.until_state("docs", "blocked")
        assert not home.of_kind(Committed)
        gone(clone)
        aside.rename(clone)
        await home.until_state("docs", "idle")
        await goes_on(home, clone, "back")
        await home.until_number(Committed, 1)


async def test_a_link_to_where_it_is_now_is_as_good(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, sync="commit")]) as home:
        await home.until_state("docs", "idle")
        clone.rename(tmp_path / "moved")
        clone.symlink_to(tmp_path / "moved")
        await goes_on(home, clone, "by the link")
        await goes_on(home, tmp_path / "moved", "by its place")


async def test_a_link_to_another_repository_deletes_nothing(tmp_path: Path, clone: Path) -> None:
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", os.fspath(other))
    for name in ("note", "readme"):
        (other / name).write_text("another\n")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "another")
    async with house(tmp_path, [quick(clone, sync="commit")]) as home:
        await home.until_state("docs", "idle")
        clone.rename(tmp_path / "aside")
        clone.symlink_to(other)
        await goes_on(home, clone, "there")
    assert git(tmp_path / "aside", "status", "--porcelain") == ""
    assert git(other, "rev-list", "--count", "HEAD") == "2"
