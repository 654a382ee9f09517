"""One save by a real program is one commit of the right content, and of nothing else."""

import asyncio
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.api.events import Committed
from tests.daemon.house import House, git, house, quick
from tests.editors.driven import outside_tmp
from tests.editors.programs import FIRST, PROGRAMS, Place, libreoffice, libreoffice_document

pytestmark = pytest.mark.slow

CALM = {"settle": 1.5, "max_settle": 60.0}
RESTLESS = {"settle": 0.0, "max_settle": 0.0}
"""Every event is looked at as soon as it is heard: nothing hides behind the quiet period."""

EVERY = [
    pytest.param(program, marks=() if program.startswith("vim") else pytest.mark.once)
    for program in PROGRAMS
]
"""Nearly all of the time is the programs'."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A repository with `note.txt`, where editors behave as in a home."""
    with outside_tmp() as folder:
        place = Place(folder / "tree", folder / "scratch")
        place.tree.mkdir()
        place.scratch.mkdir()
        git(place.tree, "init", "-q")
        place.note.write_text(FIRST)
        commit_all(place)
        yield place


def commit_all(place: Place) -> None:
    git(place.tree, "add", "-A")
    git(place.tree, "commit", "-q", "-m", "first")


async def rests(home: House) -> None:
    await home.until(lambda: home.state("tree") == "idle", limit=60)


def commits(place: Place) -> list[str]:
    return git(place.tree, "rev-list", "HEAD").split()


@pytest.mark.parametrize("program", EVERY)
async def test_one_save_is_one_commit(tmp_path: Path, place: Place, program: str) -> None:
    async with house(tmp_path, [quick(place.tree, **CALM)]) as home:
        await rests(home)
        await PROGRAMS[program](place)
        await home.until(lambda: bool(home.of_kind(Committed)), limit=60)
        await rests(home)
    assert "added" in place.note.read_text()
    assert len(commits(place)) == 2
    assert git(place.tree, "show", "HEAD:note.txt") == place.note.read_text().rstrip("\n")
    assert git(place.tree, "ls-tree", "-r", "--name-only", "HEAD") == "note.txt"


@pytest.mark.parametrize("program", EVERY)
async def test_what_an_editor_leaves_for_moments_is_never_committed(
    tmp_path: Path, place: Place, program: str
) -> None:
    async with house(tmp_path, [quick(place.tree, **RESTLESS)]) as home:
        await rests(home)
        await PROGRAMS[program](place)
        wanted = place.note.read_text().rstrip("\n")
        await home.until(lambda: git(place.tree, "show", "HEAD:note.txt") == wanted, limit=60)
        await rests(home)
    for commit in commits(place):
        assert git(place.tree, "ls-tree", "-r", "--name-only", commit) == "note.txt"


@pytest.mark.once
async def test_libreoffice_stores_in_one_commit(tmp_path: Path, place: Place) -> None:
    document = await asyncio.to_thread(libreoffice_document, place)
    commit_all(place)
    async with house(tmp_path, [quick(place.tree, **CALM)]) as home:
        await rests(home)
        await libreoffice(place, document)
        await home.until(lambda: bool(home.of_kind(Committed)), limit=60)
        await rests(home)
    assert len(commits(place)) == 3
    assert git(place.tree, "ls-tree", "-r", "--name-only", "HEAD").split() == [
        "letter.odt",
        "note.txt",
    ]
    assert git(place.tree, "status", "--porcelain") == ""
    with zipfile.ZipFile(document) as written:
        assert b"added" in written.read("content.xml")
