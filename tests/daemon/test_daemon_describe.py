"""The user's words for a commit, in time and too late."""

from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Pushed
from autosyncd.errors import PausedError, RepositoryFailedError
from tests.daemon.house import House, git, house, quick


async def committed(home: House, clone: Path) -> str:
    """An automatic commit that waits to be pushed."""
    await home.until_state("docs", "idle")
    (clone / "readme").write_text("new\n")
    await home.until_state("docs", "waiting")
    return git(clone, "rev-parse", "HEAD")


async def test_in_time_it_is_what_gets_pushed(tmp_path: Path, remote: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, push_delay=1000.0)]) as home:
        old = await committed(home, clone)
        new = (await home.daemon.describe("docs", old, "Why I changed it")).commit
        last = home.daemon.status(["docs"]).repositories[0].last_commit
        assert last is not None
        assert (last.id, last.subject) == (new, "Why I changed it")
        (outcome,) = (await home.daemon.sync(["docs"], wait=True)).repositories
        assert outcome.ok
        events = [e for e in home.of_kind(Committed) if isinstance(e, Committed)]
        assert [(e.commit, e.was) for e in events] == [(old, None), (new, old)]
    assert git(remote, "log", "-1", "--format=%s", "main") == "Why I changed it"
    assert git(remote, "rev-parse", "main") == new
    assert "Autosync-Id: 0123456789abcdef" in git(remote, "log", "-1", "--format=%B", "main")


async def test_too_late_the_automatic_one_stands(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "readme").write_text("new\n")
        await home.until_number(Pushed, 1)
        old = git(clone, "rev-parse", "HEAD")
        with pytest.raises(RepositoryFailedError, match="has been pushed"):
            await home.daemon.describe("docs", old, "too late")
    assert git(clone, "log", "-1", "--format=%s") == "docs: update readme on testhost"


async def test_an_open_dialog_puts_the_push_off_once(tmp_path: Path, clone: Path) -> None:
    def push_at(home: House) -> float:
        due = home.daemon.status(["docs"]).repositories[0].next
        assert due is not None
        assert due.action == "push"
        return due.at

    async with house(tmp_path, [quick(clone, push_delay=1000.0)]) as home:
        await committed(home, clone)
        before = push_at(home)
        home.daemon.describing("docs")
        await home.until(lambda: push_at(home) > before + 900)
        home.daemon.describing("docs")
        await home.daemon.describe("docs", git(clone, "rev-parse", "HEAD"), "why")
        assert push_at(home) < before + 1900


async def test_a_paused_repository_is_not_touched(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, push_delay=1000.0)]) as home:
        old = await committed(home, clone)
        await home.daemon.pause(["docs"], None)
        with pytest.raises(PausedError):
            await home.daemon.describe("docs", old, "why")
        assert git(clone, "rev-parse", "HEAD") == old
