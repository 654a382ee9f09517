"""Files that wait for the user, and how they are let through."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Held
from autosyncd.core.secrets import find_secret
from autosyncd.errors import AutosyncError
from autosyncd.worker import contents
from tests.daemon.holding import filled, in_head, paths_held, status_of
from tests.daemon.house import git, house, quick

pytestmark = pytest.mark.usefixtures("no_retries")

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC3eF6"


def moment_after(folder: Path) -> float:
    """A moment, already past, after all that was written so far and before what comes now."""
    probe = folder.parent / "probe"

    def written() -> float:
        probe.write_bytes(b"")
        return probe.stat().st_ctime

    before = written()
    limit = time.monotonic() + 60
    while (moment := written()) <= before:
        assert time.monotonic() < limit
    while written() <= moment:
        assert time.monotonic() < limit
    return moment


async def test_a_large_file_and_a_secret_are_held_and_the_others_go_on(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone, max_file_size=1000)]) as home:
        await home.until_state("docs", "idle")
        (clone / "large").write_bytes(b"x" * 1001)
        (clone / "config.env").write_text(f"GITHUB={TOKEN}\n")
        (clone / "note").write_text("goes on\n")
        await home.until(lambda: "note" in in_head(clone))
        await home.until_state("docs", "idle")
        assert in_head(clone) == {"note", "readme"}
        assert paths_held(home) == {
            "large": "it has 1,001 bytes, more than the 1,000 bytes of max_file_size",
            "config.env": "it holds a GitHub token",
        }
        assert status_of(home) == ("idle", 2, "")
        hints = [one.hint or "" for one in home.daemon.held(["docs"]).held]
        assert all("autosyncctl approve docs" in hint for hint in hints)
        (clone / "note").write_text("goes on and on\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 2)
        await home.until_state("docs", "idle")
        assert len(home.of_kind(Held)) == 2, "each is told once"
    assert TOKEN not in git(remote, "log", "-p", "--all")


async def test_a_held_file_that_is_mended_or_deleted_is_let_go_by_itself(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone, max_file_size=1000)]) as home:
        (clone / "large").write_bytes(b"x" * 1001)
        (clone / "secret").write_text(TOKEN)
        (clone / "readme").write_text(f"hello {TOKEN}\n")
        await home.until(lambda: len(paths_held(home)) == 3)
        (clone / "large").write_bytes(b"small now")
        (clone / "secret").unlink()
        await home.until(lambda: "large" in in_head(clone))
        await home.until(lambda: set(paths_held(home)) == {"readme"})
        (clone / "readme").write_text("hello again\n")
        await home.until(lambda: not paths_held(home))
        await home.until(lambda: git(clone, "show", "HEAD:readme") == "hello again")


async def test_a_held_file_that_becomes_ignored_is_held_no_more(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        (clone / "secret").write_text(TOKEN)
        await home.until(lambda: len(paths_held(home)) == 1)
        (clone / ".gitignore").write_text("secret\n")
        await home.until(lambda: not paths_held(home))


async def test_a_held_file_that_the_user_commits_is_held_no_more(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        (clone / "secret").write_text(TOKEN)
        await home.until(lambda: len(paths_held(home)) == 1)
        git(clone, "add", "secret")
        git(clone, "commit", "-q", "-m", "I mean it")
        (clone / "note").write_text("the next look\n")
        await home.until(lambda: "note" in in_head(clone))
        assert not paths_held(home)


async def test_a_held_file_is_not_read_again_before_it_changes(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[bytes] = []
    really = find_secret

    def counting(content: bytes) -> str | None:
        searched.append(content)
        return really(content)

    monkeypatch.setattr(contents, "find_secret", counting)
    async with house(tmp_path, [quick(clone)]) as home:
        (clone / "secret").write_text(TOKEN)
        await home.until(lambda: len(paths_held(home)) == 1)
        for name in ("one", "two"):
            (clone / name).write_text(name)
            await home.daemon.sync(None, wait=True)
        assert searched.count(TOKEN.encode()) == 1


async def test_an_approved_file_is_let_in_and_stays_approved_after_a_restart(
    tmp_path: Path, clone: Path
) -> None:
    settings = quick(clone, max_file_size=1000)
    async with house(tmp_path, [settings]) as home:
        (clone / "large").write_bytes(b"x" * 1001)
        (clone / "other").write_bytes(b"y" * 1001)
        await home.until(lambda: len(paths_held(home)) == 2)
        result = await home.daemon.approve("docs", ["large"])
        assert result.approved == ("large",)
        await home.until(lambda: "large" in in_head(clone))
        await home.until(lambda: set(paths_held(home)) == {"other"})
    async with house(tmp_path, [settings]) as home:
        (clone / "large").write_bytes(b"x" * 2000)
        await home.until(lambda: git(clone, "cat-file", "-s", "HEAD:large") == "2000")
        assert set(paths_held(home)) == {"other"}


async def test_an_approved_size_lets_no_secret_in(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, max_file_size=100)]) as home:
        (clone / "large").write_text(TOKEN + "\n" + "x " * 100)
        await home.until(lambda: len(paths_held(home)) == 1)
        await home.daemon.approve("docs", ["large"])
        await home.until(lambda: paths_held(home) == {"large": "it holds a GitHub token"})
        await home.daemon.approve("docs", [str(clone / "large")])
        await home.until(lambda: "large" in in_head(clone))


async def test_a_folder_approves_all_that_is_held_in_it(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        (clone / "keys").mkdir()
        for name in ("a", "b"):
            (clone / "keys" / name).write_text(TOKEN)
        (clone / "keys-not").write_text(TOKEN)
        await home.until(lambda: len(paths_held(home)) == 3)
        result = await home.daemon.approve(str(clone), ["keys/"])
        assert result.approved == ("keys/a", "keys/b")
        await home.until(lambda: {"keys/a", "keys/b"} <= in_head(clone))
        await home.until(lambda: set(paths_held(home)) == {"keys-not"})


async def test_what_is_held_for_another_reason_is_listed_but_can_not_be_approved(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        os.mkfifo(clone / "pipe")
        subprocess.run(["git", "init", "-q", str(clone / "inner")], check=True)
        (clone / "inner" / "file").write_text("x")
        (clone / "note").write_text("goes on\n")
        await home.until(lambda: "note" in in_head(clone))
        await home.until(lambda: any(path.startswith("inner") for path in paths_held(home)))
        assert not any(one.approvable for one in home.daemon.held(None).held)
        with pytest.raises(AutosyncError, match="repository of its own"):
            await home.daemon.approve("docs", ["inner"])


async def test_nothing_to_approve_is_an_error_that_says_where_to_look(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        with pytest.raises(AutosyncError, match="nothing to approve"):
            await home.daemon.approve("docs", [])
        with pytest.raises(AutosyncError, match="nothing there is held") as raised:
            await home.daemon.approve("docs", ["readme", str(tmp_path / "elsewhere")])
        assert "autosyncctl held docs" in (raised.value.hint or "")
        (clone / "secret").write_text(TOKEN)
        await home.until(lambda: len(paths_held(home)) == 1)
        with pytest.raises(AutosyncError, match="nothing to approve"):
            await home.daemon.approve("docs", [])
        assert set(paths_held(home)) == {"secret"}


async def test_the_commands_in_hints_name_what_they_mean_also_below_the_root(
    tmp_path: Path, clone: Path
) -> None:
    inside = filled(clone, 2)
    (inside / "0").write_bytes(b"")
    crash = moment_after(clone)
    async with house(tmp_path, [quick(inside)], lost_power_at=crash) as home:
        (inside / "my key").write_text(TOKEN)
        await home.until(lambda: len(paths_held(home)) == 2)
        hints = {one.path: one.hint or "" for one in home.daemon.held(None).held}
        assert "`autosyncctl approve many 'many/my key'`" in hints["many/my key"]
        assert f"restore {inside}/0 --at HEAD" in hints["many/0"]
        await home.daemon.approve("many", ["many/my key"])
        await home.until(lambda: "many/my key" in in_head(clone))


async def test_secrets_allow_and_no_limit_hold_nothing(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, secrets="allow", max_file_size=0)]) as home:
        (clone / "secret").write_text(TOKEN)
        await home.until(lambda: "secret" in in_head(clone))
        assert not home.of_kind(Held)


async def test_a_secret_that_comes_between_the_search_and_the_commit_is_not_committed(
    tmp_path: Path, remote: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = contents.examine

    def slow(*arguments: object) -> object:
        found = really(*arguments)  # type: ignore[arg-type]  # handed through
        if (clone / "note").exists() and TOKEN not in (clone / "note").read_text():
            (clone / "note").write_text(TOKEN)
            time.sleep(0.05)
        return found

    monkeypatch.setattr("autosyncd.worker.guard.examine", slow)
    async with house(tmp_path, [quick(clone)]) as home:
        (clone / "note").write_text("harmless\n")
        await home.until(lambda: set(paths_held(home)) == {"note"})
        assert "note" not in in_head(clone)


async def test_a_file_that_a_crash_has_emptied_is_held_until_it_is_back(
    tmp_path: Path, clone: Path
) -> None:
    filled(clone, 2)
    (clone / "readme").write_bytes(b"")
    (clone / "many" / "0").write_text("edited before the crash\n")
    crash = moment_after(clone)
    (clone / "many" / "1").write_bytes(b"")
    async with house(tmp_path, [quick(clone)], lost_power_at=crash) as home:
        await home.until(lambda: set(paths_held(home)) == {"readme"})
        hint = home.daemon.held(None).held[0].hint or ""
        assert f"autosyncctl restore {clone}/readme --at HEAD" in hint
        await home.until(lambda: git(clone, "show", "HEAD:many/1") == "")
        assert git(clone, "show", "HEAD:many/0") == "edited before the crash"
        assert git(clone, "show", "HEAD:readme") == "hello"
        await home.daemon.restore(str(clone / "readme"), "HEAD", output=None)
        await home.until(lambda: not paths_held(home))
        assert (clone / "readme").read_text() == "hello\n"
