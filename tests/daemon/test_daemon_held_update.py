"""What comes in for a file that is held here: it waits a little, and then goes beside it."""

from pathlib import Path

import pytest

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


def contains(folder: Path, commit: str) -> bool:
    return bool(git(folder, "branch", "--contains", commit, "--format=%(refname)", "main"))


@pytest.mark.parametrize("mine", [f"hello {TOKEN}\n", "x" * 2000])
async def test_a_held_file_keeps_its_name_and_the_incoming_version_is_a_conflict_copy(
    tmp_path: Path, remote: Path, clone: Path, mine: str
) -> None:
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone, max_file_size=1000, pull_interval=0.2)]) as home:
        await home.until_state("docs", "idle")
        (clone / "readme").write_text(mine)
        await home.until(lambda: held(home) == ["readme"])
        theirs = pushed(other, readme="theirs\n", news="n\n")
        await home.until(lambda: (clone / "news").exists(), LIMIT)
        await home.until(lambda: home.state("docs") == "idle" and contains(clone, theirs), LIMIT)
        assert (clone / "readme").read_text() == mine
        [copy] = clone.glob("readme.conflict-*")
        assert copy.read_text() == "theirs\n"
        assert git(clone, "show", "HEAD:readme") == "hello"
        assert held(home) == ["readme"]
        await home.until(
            lambda: git(remote, "rev-parse", "main") == git(clone, "rev-parse", "HEAD")
        )
        assert mine.strip() not in git(remote, "log", "-p", "--all")
        (clone / "readme").write_text("mended\n")
        await home.until(lambda: git(clone, "show", "HEAD:readme") == "mended", LIMIT)
        assert held(home) == []
    assert git(clone, "status", "--porcelain") == ""
