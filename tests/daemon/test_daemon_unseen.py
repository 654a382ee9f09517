"""What no look has shown passes the same rules, and what is moved aside is told."""

from pathlib import Path

import pytest

from autosyncd.api.events import Held
from autosyncd.vcs.git import mover, upkeep
from autosyncd.vcs.tree.syscalls import NO_ABILITIES
from autosyncd.worker import steps
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC3eF6"
LIMIT = 60.0


def pushed(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
        git(folder, "add", "-f", name)
    git(folder, "commit", "-q", "-m", "theirs")
    git(folder, "push", "-q")


def held(home: House) -> dict[str, str]:
    return {one.path: one.why for one in home.daemon.held(None).held}


def told(home: House, path: str) -> list[Held]:
    return [event for event in home.events if isinstance(event, Held) and event.path == path]


def number_held(home: House) -> int:
    return home.daemon.status(None).repositories[0].held


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "GRACE", 0.0)
    monkeypatch.setattr(upkeep, "COME_BACK", 0.1)
    monkeypatch.setattr(steps, "TIDY_AFTER", 0.1)


async def test_a_secret_that_is_written_late_waits_until_it_is_approved(
    tmp_path: Path, remote: Path, clone: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mover, "probe", lambda _folder: NO_ABILITIES)
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone, pull_interval=0.2)]) as home:
        await home.until_state("docs", "idle")
        with (clone / "readme").open("r+") as writer:
            pushed(other, readme="theirs\n")
            await home.until(lambda: (clone / "readme").read_text() == "theirs\n", LIMIT)
            writer.write(TOKEN)
        await home.until(lambda: "readme" in held(home), LIMIT)
        assert held(home)["readme"] == (
            "what was written to it while an update came in holds a GitHub token"
        )
        await home.until(lambda: (number_held(home), len(told(home, "readme"))) == (1, 1), LIMIT)
        [hint] = [one.hint or "" for one in home.daemon.held(None).held]
        [file] = (clone / ".git" / "autosync" / "displaced").glob("*/0*")
        assert str(file) in hint
        assert file.read_text().startswith(TOKEN)
        assert TOKEN not in git(clone, "log", "-p", "--all")
        await home.daemon.approve("docs", ["readme"])
        await home.until(lambda: TOKEN in git(clone, "log", "-p", "HEAD"), LIMIT)
        await home.until(lambda: not held(home), LIMIT)
        everything = [path.read_text() for path in clone.iterdir() if path.is_file()]
        assert any(TOKEN in text for text in everything)
        assert "theirs\n" in everything


async def test_what_is_moved_aside_is_an_event_and_listed_until_it_is_gone(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    (clone / ".git" / "info" / "exclude").write_text("build\n")
    (clone / "build").write_text("mine alone\n")
    aside = clone / "build.local-testhost"
    async with house(tmp_path, [quick(clone, pull_interval=0.2)]) as home:
        await home.until_state("docs", "idle")
        pushed(other, build="theirs\n")
        await home.until(lambda: aside.name in held(home), LIMIT)
        await home.until((clone / "build").exists, LIMIT)
        assert (clone / "build").read_text() == "theirs\n"
        assert aside.read_text() == "mine alone\n"
        assert "in the way of build" in held(home)[aside.name]
        await home.until(lambda: len(told(home, aside.name)) == 1, LIMIT)
        assert number_held(home) == 1
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: aside.name in held(home), LIMIT)
        aside.unlink()
        await home.daemon.sync(["docs"], wait=True)
        assert not held(home)
