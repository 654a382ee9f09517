"""Deletions that wait for the user all together, and how they are let through."""

import subprocess
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Problem, Pushed, Solved
from tests.daemon.holding import delete, filled, in_head, status_of
from tests.daemon.house import git, house, quick

pytestmark = pytest.mark.usefixtures("no_retries")


async def test_a_mass_deletion_waits_and_nothing_is_committed_until_it_is_approved(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        delete(inside, range(30))
        await home.until_state("docs", "blocked")
        state, held, reason = status_of(home)
        assert (state, held) == ("blocked", 1)
        assert "30 of 41 files" in reason
        assert "`autosyncctl approve docs`" in reason
        (clone / "new").write_text("waits, too\n")
        await home.daemon.sync(None, wait=True)
        assert len(in_head(clone)) == 41
        assert not home.of_kind(Committed)
        assert home.daemon.held(None).held[0].approvable
        result = await home.daemon.approve("docs", [])
        assert len(result.approved) == 30
        await home.until(lambda: len(home.of_kind(Pushed)) == 1)
        assert len(in_head(remote.parent / "docs")) == 12
        await home.until_state("docs", "idle")
        assert status_of(home) == ("idle", 0, "")
        assert home.of_kind(Solved)


async def test_files_that_come_back_end_the_wait_by_themselves(tmp_path: Path, clone: Path) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        inside.rename(tmp_path / "away")
        await home.until_state("docs", "blocked")
        (tmp_path / "away").rename(inside)
        await home.until_state("docs", "idle")
        (clone / "new").write_text("goes on\n")
        await home.until(lambda: in_head(clone) >= {"new", "many/0"})


async def test_deletions_that_come_while_others_wait_count_together(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        delete(inside, range(25))
        await home.until(lambda: "25 of 41" in status_of(home)[2])
        delete(inside, range(25, 30))
        await home.until(lambda: "30 of 41" in status_of(home)[2])
        assert not home.of_kind(Committed)


async def test_an_approval_is_for_what_was_pending_and_for_once(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        saved = {path.name: path.read_text() for path in inside.iterdir()}
        delete(inside, range(30))
        await home.until_state("docs", "blocked")
        await home.daemon.approve("docs", [])
        await home.until(lambda: len(in_head(clone)) == 11)
        for name, text in saved.items():
            (inside / name).write_text(text)
        await home.until(lambda: len(in_head(clone)) == 41)
        delete(inside, range(30))
        await home.until_state("docs", "blocked")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "blocked")
        assert len(in_head(clone)) == 41


async def test_an_approval_while_paused_counts_after_a_restart(tmp_path: Path, clone: Path) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        delete(inside, range(30))
        await home.until_state("docs", "blocked")
        await home.daemon.pause(None, None)
        await home.daemon.approve("docs", [])
        assert len(in_head(clone)) == 41
    async with house(tmp_path, [quick(clone)]) as home:
        await home.daemon.resume(None)
        await home.until(lambda: len(in_head(clone)) == 11)


async def test_a_moved_folder_is_no_mass_deletion(tmp_path: Path, clone: Path) -> None:
    inside = filled(clone, 500)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        inside.rename(clone / "moved")
        await home.until(lambda: "moved/499" in in_head(clone))
        await home.until_state("docs", "idle")
        assert len(in_head(clone)) == 501
        assert not home.of_kind(Problem)


async def test_emptying_the_tree_waits_however_few_files_there_were(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "readme").unlink()
        await home.until_state("docs", "blocked")
        assert "1 of 1 files" in status_of(home)[2]
        (clone / "README.md").write_text("it was renamed and edited\n")
        await home.until(lambda: in_head(clone) == {"README.md"})


async def test_a_folder_that_is_empty_at_the_start_is_taken_for_an_unmounted_disk(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone, 3)
    inside.rename(tmp_path / "disk")
    inside.mkdir()
    async with house(tmp_path, [quick(inside)]) as home:
        await home.until_state("many", "blocked")
        assert "is a disk not mounted?" in status_of(home)[2]
        assert home.daemon.held(None).held[0].path == "many"
        inside.rmdir()
        (tmp_path / "disk").rename(inside)
        await home.daemon.sync(None, wait=True)
        await home.until_state("many", "idle")
    assert "many/0" in in_head(clone)
    assert git(clone, "status", "--porcelain") == ""


async def test_another_file_system_in_place_of_the_folder_commits_nothing_until_it_is_gone(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone, 3)
    async with house(tmp_path, [quick(inside)]) as home:
        await home.until_state("many", "idle")
        mount = ["mount", "-t", "tmpfs", "none", str(inside)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount")
        try:
            result = await home.daemon.sync(None, wait=True)
            assert "another file system" in (result.repositories[0].error or "")
            assert home.state("many") == "blocked"
        finally:
            subprocess.run(["umount", str(inside)], check=True)
        await home.daemon.sync(None, wait=True)
        await home.until_state("many", "idle")
        assert not home.of_kind(Committed)
    assert git(clone, "status", "--porcelain") == ""


async def test_with_max_delete_100_percent_nothing_waits(tmp_path: Path, clone: Path) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone, max_delete=1.0)]) as home:
        await home.until_state("docs", "idle")
        for path in [*inside.iterdir(), clone / "readme"]:
            path.unlink()
        await home.until(lambda: not in_head(clone))


async def test_a_part_of_a_mass_deletion_can_be_approved(tmp_path: Path, clone: Path) -> None:
    filled(clone, 20, "one")
    filled(clone, 20, "two")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "one").rename(tmp_path / "one")
        (clone / "two").rename(tmp_path / "two")
        await home.until(lambda: "40 of 41" in status_of(home)[2])
        result = await home.daemon.approve("docs", ["one"])
        assert len(result.approved) == 20
        await home.until(lambda: "20 of 41" in status_of(home)[2])
        assert not home.of_kind(Committed)
        (tmp_path / "two").rename(clone / "two")
        await home.until(lambda: len(in_head(clone)) == 21)


async def test_deletions_that_trickle_in_are_added_up_over_restarts(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        delete(inside, range(15))
        await home.until(lambda: len(home.of_kind(Committed)) == 1)
        await home.until_state("docs", "idle")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        delete(inside, range(15, 30))
        await home.until_state("docs", "blocked")
        assert "15 of 26 files are gone, after 15 others within an hour" in status_of(home)[2]
        await home.daemon.approve("docs", [])
        await home.until(lambda: len(home.of_kind(Committed)) == 1)
        await home.until_state("docs", "idle")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (inside / "39").unlink()
        await home.until(lambda: len(home.of_kind(Committed)) == 1)


async def test_a_deleted_file_that_is_back_does_not_count_any_more(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        for count in range(1, 6, 2):
            delete(inside, range(15))
            await home.until_number(Committed, count)
            for number in range(15):
                (inside / str(number)).write_text(f"again {count} {number}\n")
            await home.until_number(Committed, count + 1)
