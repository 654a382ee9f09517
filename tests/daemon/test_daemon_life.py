"""Workers under one daemon: crashes, bad repositories, pauses, reloads, siblings."""

import asyncio
import os
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from autosyncd import supervisor as supervising
from autosyncd.api.events import Committed, Conflict, Heard, Integrated, Problem, Pushed, Solved
from autosyncd.config.model import Config, MessageCommand
from autosyncd.errors import NoSuchRepositoryError, PausedError
from autosyncd.vcs.base import Look, OpenOptions, Repository
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.vcs.git.repository import GitRepository
from tests.daemon.conftest import clone_of
from tests.daemon.house import git, house, quick


class Explosive(GitBackend):
    """The real backend, until somebody lights the fuse of one repository."""

    def __init__(self) -> None:
        super().__init__()
        self.lit: set[str] = set()

    async def open(self, options: OpenOptions) -> Repository:
        if options.path.name in self.lit:
            raise ZeroDivisionError("a bug")
        return await super().open(options)


async def test_a_worker_that_crashes_restarts_alone(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "FIRST_DELAY", 0.3)
    one, two = clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")
    backend = Explosive()
    backend.lit.add("one")
    async with house(tmp_path, [quick(one), quick(two)], (backend,)) as home:
        await home.until_state("one", "failed")
        await home.until_state("two", "idle")
        assert "a bug" in (home.daemon.status(["one"]).repositories[0].reason or "")
        (two / "new").write_text("goes on\n")
        await home.until(lambda: any(e.repository == "two" for e in home.of_kind(Pushed)))
        backend.lit.clear()
        await home.until_state("one", "idle")
        (one / "fresh").write_text("works again\n")
        await home.until(lambda: any(e.repository == "one" for e in home.of_kind(Committed)))


async def test_one_that_is_given_up_comes_back_by_a_sync(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "FIRST_DELAY", 0.001)
    one = clone_of(remote, tmp_path / "one")
    backend = Explosive()
    backend.lit.add("one")
    async with house(tmp_path, [quick(one)], (backend,)) as home:

        def given_up() -> bool:
            return "given up" in (home.daemon.status(None).repositories[0].reason or "")

        await home.until(given_up)
        backend.lit.clear()
        result = await home.daemon.sync(["one"], wait=True)
        assert result.repositories[0].ok
        await home.until_state("one", "idle")


async def test_bad_repositories_say_why_and_disturb_nobody(tmp_path: Path, remote: Path) -> None:
    good = clone_of(remote, tmp_path / "good")
    (tmp_path / "plain").mkdir()
    (tmp_path / "file").write_text("not a folder")
    names = ("missing", "plain", "file")
    bad = [quick(tmp_path / name) for name in names]
    async with house(tmp_path, [*bad, quick(good)]) as home:
        await home.until_state("good", "idle")
        for name in names:
            await home.until_state(name, "blocked")
            status = home.daemon.status([name]).repositories[0]
            assert str(tmp_path / name) in (status.reason or "")
            assert status.last_error is not None
            assert status.last_error.hint
        (good / "new").write_text("still works\n")
        await home.until(lambda: bool(home.of_kind(Pushed)))


async def test_a_folder_that_comes_back_is_synced_again(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        away = clone.with_name("away")
        clone.rename(away)
        await home.until_state("docs", "blocked")
        (away / "meanwhile").write_text("changed while it was gone\n")
        away.rename(clone)
        await home.until(lambda: bool(home.of_kind(Committed)))
        await home.until(lambda: bool(home.of_kind(Solved)))
        assert git(clone, "ls-tree", "--name-only", "HEAD").split() == ["meanwhile", "readme"]


async def test_two_entries_for_one_repository_are_told_apart(tmp_path: Path, clone: Path) -> None:
    (clone / "sub").mkdir()
    link = tmp_path / "link"
    link.symlink_to(clone)
    entries = [quick(clone), quick(link), quick(clone / "sub")]
    async with house(tmp_path, entries) as home:
        names = [entry.name for entry in entries]
        await home.until(lambda: sorted(map(home.state, names)) == ["blocked", "blocked", "idle"])
        holder = next(name for name in names if home.state(name) == "idle")
        for status in home.daemon.status([name for name in names if name != holder]).repositories:
            assert f"already synced as '{holder}'" in (status.reason or "")


async def test_a_repository_inside_another_is_left_to_its_own_worker(
    tmp_path: Path, remote: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outer = clone_of(remote, tmp_path / "outer")
    inner = clone_of(remote, outer / "inner")
    async with house(tmp_path, [quick(outer), quick(inner)]) as home:
        await home.until_state("outer", "idle")
        await home.until_state("inner", "idle")
        (inner / "deep").write_text("x")
        await home.until(lambda: any(e.repository == "inner" for e in home.of_kind(Pushed)))
        await home.until_state("outer", "idle")
        assert "inner" not in git(outer, "ls-tree", "-r", "--name-only", "HEAD")
    assert "inner lies inside outer" in caplog.text


async def test_repositories_that_share_a_remote_hear_of_each_other_at_once(
    tmp_path: Path, remote: Path
) -> None:
    one, two = clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")
    git(two, "remote", "set-url", "origin", f"file://{remote}")
    async with house(tmp_path, [quick(one), quick(two)]) as home:
        await home.until_state("one", "idle")
        await home.until_state("two", "idle")
        (one / "news").write_text("hello\n")
        await home.until(lambda: (two / "news").exists())
        heard = home.of_kind(Heard)
        assert heard
        assert heard[0].repository == "two"
        await home.until(lambda: bool(home.of_kind(Integrated)))


async def test_a_paused_repository_runs_no_command_and_catches_up(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
        assert home.state("docs") == "paused"
        before = git(clone, "rev-parse", "HEAD")
        (clone / "later").write_text("x")
        with pytest.raises(PausedError):
            await home.daemon.sync(["docs"], wait=True)
        assert git(clone, "rev-parse", "HEAD") == before
        await home.daemon.resume(["docs"])
        await home.until(lambda: bool(home.of_kind(Committed)))


async def test_a_pause_for_a_while_ends_by_itself(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(None, 3600)
        until = home.daemon.status(None).repositories[0].paused_until
        assert until is not None
        assert until <= time.time() + 3600
        await home.daemon.pause(None, 0.1)
        await home.until_state("docs", "idle")


async def test_pauses_survive_a_restart(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
    (clone / "off").write_text("x")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "paused")
        assert not home.of_kind(Committed)
        await home.daemon.resume(None)
        await home.until(lambda: bool(home.of_kind(Committed)))


async def test_a_reload_touches_only_what_changed(tmp_path: Path, remote: Path) -> None:
    names = ("kept", "changed", "removed", "added")
    settings = {name: quick(clone_of(remote, tmp_path / name)) for name in names}
    first = [settings["kept"], settings["changed"], settings["removed"]]
    async with house(tmp_path, first) as home:
        for name in names[:3]:
            await home.until_state(name, "idle")
        since = home.daemon.status(["kept"]).repositories[0].since
        changed = replace(settings["changed"], settle=0.01)
        home.config = Config(repositories=(settings["added"], settings["kept"], changed))
        result = await home.daemon.reload()
        assert (result.added, result.changed, result.removed) == (
            ("added",),
            ("changed",),
            ("removed",),
        )
        await home.until_state("added", "idle")
        await home.until_state("changed", "idle")
        assert home.daemon.status(["kept"]).repositories[0].since == since
        with pytest.raises(NoSuchRepositoryError):
            home.daemon.status(["removed"])
        assert [r.name for r in home.daemon.status(None).repositories] == [
            "added",
            "kept",
            "changed",
        ]


async def test_a_repository_is_found_by_name_path_and_any_path_inside(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        for word in ("docs", str(clone), str(clone / "some" / "file")):
            assert home.daemon.names([word]) == frozenset({"docs"})
        for word in ("nope", str(tmp_path), "/"):
            with pytest.raises(NoSuchRepositoryError):
                home.daemon.names([word])


async def test_sync_commits_pulls_and_pushes_without_waiting_for_rest(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    slow = quick(clone, settle=1000.0, max_settle=1000.0, push_delay=1000.0)
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [slow]) as home:
        await home.until_state("docs", "idle")
        (other / "theirs").write_text("theirs\n")
        git(other, "add", "-A")
        git(other, "commit", "-q", "-m", "theirs")
        git(other, "push", "-q")
        (clone / "ours").write_text("ours\n")
        result = await home.daemon.sync(None, wait=True)
        assert result.repositories[0].ok, result
        assert (clone / "theirs").exists()
        assert git(remote, "ls-tree", "--name-only", "main").split() == ["ours", "readme", "theirs"]
        status = home.daemon.status(None).repositories[0]
        assert status.in_step is not None
        assert status.in_step.commit == git(clone, "rev-parse", "HEAD")


async def test_a_sync_that_fails_says_why(tmp_path: Path, remote: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        remote.rename(remote.with_name("gone"))
        result = await home.daemon.sync(["docs"], wait=True)
        assert not result.repositories[0].ok
        assert result.repositories[0].error
        await home.until_state("docs", "offline")
        assert len(home.of_kind(Problem)) == 1


async def test_unfinished_business_of_the_user_is_left_alone_and_goes_on_afterwards(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        git(clone, "checkout", "-q", "--detach")
        await home.until_state("docs", "blocked")
        (clone / "new").write_text("x\n")
        await asyncio.sleep(0)
        assert not home.of_kind(Committed)
        git(clone, "checkout", "-q", "main")
        await home.until(lambda: bool(home.of_kind(Committed)))
        await home.until(lambda: bool(home.of_kind(Solved)))


async def test_the_message_can_be_a_template_or_a_program(tmp_path: Path, clone: Path) -> None:
    templated = quick(clone, commit_message="{count} on {host}")
    async with house(tmp_path, [templated]) as home:
        (clone / "a").write_text("x")
        await home.until(lambda: bool(home.of_kind(Committed)))
    assert git(clone, "log", "-1", "--format=%s") == "1 on testhost"
    program = quick(clone, commit_message=MessageCommand(("sh", "-c", "echo said; cat")))
    async with house(tmp_path, [program]) as home:
        (clone / "b").write_text("x")
        await home.until(lambda: bool(home.of_kind(Committed)))
    assert git(clone, "log", "-1", "--format=%B").startswith("said\nadded: b")


async def test_a_message_program_that_fails_never_keeps_from_committing(
    tmp_path: Path, clone: Path
) -> None:
    broken = quick(clone, commit_message=MessageCommand(("false",)))
    async with house(tmp_path, [broken]) as home:
        (clone / "a").write_text("x")
        await home.until(lambda: bool(home.of_kind(Committed)))
    assert git(clone, "log", "-1", "--format=%s") == "docs: add a on testhost"


async def test_stopping_waits_for_the_command_in_flight_and_loses_nothing(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        for number in range(50):
            (clone / f"file{number}").write_text(str(number))
        await home.until(lambda: home.state("docs") != "idle")
    assert not (clone / ".git" / "index.lock").exists()
    git(clone, "fsck", "--strict")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: len(git(clone, "ls-files").split()) == 51)
        await home.until_state("docs", "idle")
    assert git(clone, "status", "--porcelain") == ""


async def test_a_conflict_keeps_both_versions_and_everything_goes_on(
    tmp_path: Path, remote: Path
) -> None:
    one, two = clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")
    async with house(tmp_path, [quick(one), quick(two)]) as home:
        await home.until_state("one", "idle")
        await home.until_state("two", "idle")
        await home.daemon.pause(None, None)
        (one / "readme").write_text("the plan of one\n")
        (two / "readme").write_text("the plan of two\n")
        await home.daemon.resume(None)
        heads = ("rev-parse", "HEAD")
        await home.until(lambda: len(list(one.glob("readme.conflict-*"))) == 1)
        await home.until(lambda: git(one, *heads) == git(two, *heads) == git(remote, *heads))
        for clone in (one, two):
            versions = {path.read_text() for path in clone.glob("readme*")}
            assert versions == {"the plan of one\n", "the plan of two\n"}
            assert git(clone, "status", "--porcelain") == ""
        assert home.of_kind(Conflict)


async def test_on_conflict_stop_leaves_both_sides_untouched_and_says_so(
    tmp_path: Path, remote: Path
) -> None:
    one, two = clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")
    stop = (("*", "stop"),)
    settings = [quick(one, on_conflict=stop), quick(two, on_conflict=stop)]
    async with house(tmp_path, settings) as home:
        await home.until_state("one", "idle")
        await home.until_state("two", "idle")
        await home.daemon.pause(["two"], None)
        (one / "readme").write_text("the plan of one\n")
        await home.until(lambda: any(e.repository == "one" for e in home.of_kind(Pushed)))
        (two / "readme").write_text("the plan of two\n")
        await home.daemon.resume(None)
        await home.until_state("two", "blocked")
        assert "readme" in (home.daemon.status(["two"]).repositories[0].reason or "")
        assert (one / "readme").read_text() == "the plan of one\n"
        assert (two / "readme").read_text() == "the plan of two\n"


async def test_an_old_buffer_saved_after_a_pull_does_not_undo_what_came_in(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    lines = [f"line {number}" for number in range(20)]
    (clone / "readme").write_text("\n".join(lines) + "\n")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: bool(home.of_kind(Pushed)))
        other = clone_of(remote, tmp_path / "other")
        theirs = [*lines[:-1], "their last line"]
        (other / "readme").write_text("\n".join(theirs) + "\n")
        git(other, "commit", "-qam", "theirs")
        git(other, "push", "-q")
        await home.daemon.sync(None, wait=True)
        assert "their last line" in (clone / "readme").read_text()
        (clone / "readme").write_text("\n".join(["my first line", *lines[1:]]) + "\n")
        both = "\n".join(["my first line", *theirs[1:]]) + "\n"
        await home.until(lambda: (clone / "readme").read_text() == both)
        (clone / "readme").write_text("\n".join(["my first line", *lines[1:]]) + "\n")
        await home.daemon.sync(None, wait=True)
        assert "their last line" not in (clone / "readme").read_text(), "the second time I mean it"


async def test_a_remote_that_hangs_keeps_nobody_from_committing(
    tmp_path: Path, clone: Path
) -> None:
    hangs = tmp_path / "ssh"
    hangs.write_text("#!/bin/sh\nexec sleep 600\n")
    hangs.chmod(0o755)
    git(clone, "config", "core.sshCommand", str(hangs))
    git(clone, "remote", "set-url", "origin", "ssh://host.invalid/docs.git")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until(lambda: home.daemon.status(None).repositories[0].step == "fetch")
        for number in range(3):
            (clone / f"new{number}").write_text("x")
            await home.until_number(Committed, number + 1)
        await home.until(lambda: home.daemon.status(None).repositories[0].step == "fetch")
        assert git(clone, "status", "--porcelain") == ""
        await home.daemon.pause(None, None)
        assert home.state("docs") == "paused"
        await home.daemon.resume(None)
        (clone / "after").write_text("x")
        await home.until(lambda: len(home.of_kind(Committed)) == 4)


async def test_a_folder_that_goes_while_paused_crashes_nobody(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
        away = clone.with_name("away")
        clone.rename(away)
        await home.until(lambda: home.daemon.status(None).repositories[0].watches == 0)
        away.rename(clone)
        (clone / "new").write_text("x")
        await home.daemon.resume(["docs"])
        await home.until_number(Committed, 1)
        assert home.state("docs") != "failed"


async def test_a_reset_by_hand_is_looked_at(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, push_delay=1000.0)]) as home:
        (clone / "new").write_text("x")
        await home.until_number(Committed, 1)
        await home.until_state("docs", "waiting")
        git(clone, "reset", "-q", "HEAD~1")
        await home.until_number(Committed, 2)


async def test_sync_does_not_call_done_what_is_still_being_written(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, written = GitRepository.look, count(1)

    async def look_at_a_busy_file(
        repository: GitRepository, paths: frozenset[bytes] | None
    ) -> Look:
        (clone / "readme").write_text(f"{next(written)}\n")
        await look(repository, paths)
        return Look((), unstable=(b"readme",))  # on a busy machine it has come to rest by now

    async with house(tmp_path, [quick(clone, max_settle=1000.0)]) as home:
        await home.until_state("docs", "idle")
        monkeypatch.setattr(GitRepository, "look", look_at_a_busy_file)
        (outcome,) = (await home.daemon.sync(["docs"], wait=True)).repositories
        assert not outcome.ok
        assert "is being written all the time" in (outcome.error or "")
        monkeypatch.setattr(GitRepository, "look", look)
        (outcome,) = (await home.daemon.sync(["docs"], wait=True)).repositories
        assert outcome.ok
    assert git(clone, "status", "--porcelain") == ""


async def test_a_rename_is_called_one(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "readme").rename(clone / "read.me")
        await home.until_number(Committed, 1)
    message = git(clone, "log", "-1", "--format=%B")
    assert message.startswith("docs: rename readme to read.me on testhost")
    assert "renamed: readme -> read.me" in message


async def test_sync_commit_never_talks_to_the_remote(tmp_path: Path, clone: Path) -> None:
    os.rename(tmp_path / "remote.git", tmp_path / "gone.git")
    async with house(tmp_path, [quick(clone, sync="commit")]) as home:
        (clone / "a").write_text("x")
        await home.until(lambda: bool(home.of_kind(Committed)))
        await home.until_state("docs", "idle")
        assert not home.of_kind(Problem)
