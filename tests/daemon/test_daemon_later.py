"""What is looked at again by itself, without any event."""

from pathlib import Path

import pytest

from autosyncd.api.events import Committed
from autosyncd.vcs.tree import saving
from autosyncd.worker import later
from tests.daemon.house import House, git, house, quick


async def test_a_file_with_the_name_of_a_moment_is_committed_when_it_stays(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "GRACE", 6.0)

    def due(home: House) -> str | None:
        upcoming = home.daemon.status(["docs"]).repositories[0].next
        return upcoming.action if upcoming else None

    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "data.202401").write_text("real\n")
        (clone / "readme").write_text("changed\n")
        await home.until_number(Committed, 1)
        assert "data.202401" not in git(clone, "ls-files")
        [status] = home.daemon.status(["docs"]).repositories
        assert status.pending == 1
        await home.until(lambda: due(home) == "commit")
        await home.until_number(Committed, 2)
        await home.until_state("docs", "idle")
        assert "data.202401" in git(clone, "ls-files")


async def test_a_change_without_any_event_is_found_within_a_day(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that was mounted over a folder, for example, makes no event."""
    monkeypatch.setattr(later, "DAY", 2.0)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        worker = home.daemon._crew.find("docs")
        monkeypatch.setattr(worker._messages, "_noticed", lambda hint, at: None)
        (clone / "unseen").write_text("x\n")
        await home.until_number(Committed, 1)
        assert "unseen" in git(clone, "ls-files")
