"""What comes in for a file that is held here: everybody has it, and the held bytes stay as they are
until they may be committed, as an edit of what they were made from."""

from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Conflict
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC3eF6"
LIMIT = 60.0


def pushed(folder: Path, **files: str) -> str:
    """Another machine's user pushes; returns the commit."""
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "theirs")
    git(folder, "push", "-q")
    return git(folder, "rev-parse", "HEAD")


def held(home: House) -> list[str]:
    return [one.path for one in home.daemon.held(None).held]


@pytest.mark.parametrize("mine", [f"hello {TOKEN}\n", "x" * 2000])
async def test_what_comes_in_passes_by_a_held_file_and_both_are_merged_once_it_may_be_committed(
    tmp_path: Path, remote: Path, clone: Path, mine: str
) -> None:
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone, max_file_size=1000, pull_interval=0.2)]) as home:
        await home.until_state("docs", "idle")
        (clone / "readme").write_text(mine)
        await home.until(lambda: held(home) == ["readme"])
        for number in range(2):
            theirs = pushed(other, readme=f"theirs {number}\n", news=f"{number}\n")
            await home.until(lambda: (clone / "news").exists(), LIMIT)
            await home.until(lambda: git(clone, "rev-parse", "HEAD") == theirs, LIMIT)  # noqa: B023 - at once
        await home.until(lambda: home.state("docs") == "idle", LIMIT)
        assert (clone / "readme").read_text() == mine
        assert not list(clone.glob("readme.*"))
        assert held(home) == ["readme"]
        assert git(remote, "rev-parse", "main") == theirs
        assert git(clone, "status", "--porcelain") == "M readme"
        (clone / "readme").write_text("mended\n")
        await home.until(lambda: git(clone, "show", "HEAD:readme") == "mended", LIMIT)
        [copy] = clone.glob("readme.conflict-*")
        assert copy.read_text() == "theirs 1\n"
        await home.until(
            lambda: git(remote, "rev-parse", "main") == git(clone, "rev-parse", "HEAD"), LIMIT
        )
        assert held(home) == []
        assert home.daemon.status(None).repositories[0].conflicts == 1
        assert len(home.of_kind(Conflict)) == 1
        assert mine.strip() not in git(remote, "log", "-p", "--all")
    assert git(clone, "status", "--porcelain") == ""


async def test_what_is_committed_beside_a_conflict_that_stops_is_told(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    settings = quick(clone, max_file_size=1000, pull_interval=0.2, on_conflict=(("*", "stop"),))
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        (clone / "readme").write_text("x" * 2000)
        await home.until(lambda: held(home) == ["readme"])
        theirs = pushed(other, readme="theirs\n")
        await home.until(lambda: git(clone, "rev-parse", "HEAD") == theirs, LIMIT)
        await home.until(lambda: home.state("docs") == "idle", LIMIT)
        (clone / "beside").write_text("mine\n")
        (clone / "readme").write_text("mended\n")
        await home.until(lambda: home.state("docs") == "blocked", LIMIT)
        made = git(clone, "log", "--format=%H", "-1", "--", "beside")
        told = [event for event in home.of_kind(Committed) if isinstance(event, Committed)]
        assert made in [event.commit for event in told]
        assert "same things: readme" in str(home.daemon.status(None).repositories[0].reason)
        assert (clone / "readme").read_text() == "mended\n"
