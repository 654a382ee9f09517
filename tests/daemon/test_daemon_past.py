"""Conflict copies, history and earlier versions, asked of a running daemon."""

import asyncio
import re
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Conflict
from autosyncd.errors import (
    NoSuchRepositoryError,
    PausedError,
    RepositoryFailedError,
    UsageError,
)
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick


async def saved(home: House, file: Path, text: str) -> str:
    """Save a file and wait until that is committed."""
    before = len(home.of_kind(Committed))
    file.write_text(text)
    await home.until(lambda: len(home.of_kind(Committed)) > before)
    await home.until_state("docs", "idle")
    return git(file.parent, "rev-parse", "HEAD")


async def test_a_restored_version_becomes_a_commit_of_its_own(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        one = await saved(home, clone / "note", "one\n")
        await saved(home, clone / "note", "two\n")
        before = len(home.of_kind(Committed))
        result = await home.daemon.restore(str(clone / "note"), one, output=None)
        assert (result.file, result.commit, result.kept) == (str(clone / "note"), one, None)
        await home.until(lambda: len(home.of_kind(Committed)) > before)
        assert git(clone, "show", "HEAD:note") == "one"
        of_file = await home.daemon.history(repository=None, file=str(clone / "note"), limit=2)
        assert [one.paths for one in of_file.commits] == [("note",), ("note",)]
        of_all = await home.daemon.history(repository="docs", file=None, limit=20)
        assert [one.host for one in of_all.commits] == ["testhost"] * 3
        assert of_all.commits[2].id == one


async def test_a_folder_comes_back_as_it_was_and_nothing_in_it_is_lost(
    tmp_path: Path, clone: Path
) -> None:
    (clone / "sub" / "deep").mkdir(parents=True)
    for name in ("one", "deep/two", "odd \n name"):
        (clone / "sub" / name).write_text(f"{name}\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "all")
    then = git(clone, "rev-parse", "HEAD")
    git(clone, "rm", "-q", "sub/deep/two")
    (clone / "sub" / "one").write_text("two\n")
    (clone / "sub" / "later").write_text("later\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "other")
    async with house(tmp_path, [quick(clone, settle=30.0, max_settle=60.0)]) as home:
        await home.until(lambda: home.state("docs") in ("idle", "settling"))
        (clone / "sub" / "one").write_text("not committed\n")
        beside = tmp_path / "beside"
        copied = await home.daemon.restore(str(clone / "sub"), then, output=str(beside))
        assert (copied.file, copied.files) == (str(beside), 3)
        assert (beside / "odd \n name").read_text() == "odd \n name\n"
        assert (clone / "sub" / "one").read_text() == "not committed\n"
        with pytest.raises(RepositoryFailedError, match="File exists"):
            await home.daemon.restore(str(clone / "sub"), then, output=str(beside))
        with pytest.raises(RepositoryFailedError, match="inside of git's own folder"):
            await home.daemon.restore(str(clone / "sub"), then, output=str(clone / ".git" / "new"))
        assert not (clone / ".git" / "new").exists()
        result = await home.daemon.restore(str(clone / "sub"), then, output=None)
        assert (result.commit, result.files) == (then, 3)
        [kept] = result.kept_files
        assert kept.file == str(clone / "sub" / "one")
        assert git(clone, "show", f"{kept.commit}:sub/one") == "not committed"
        for name in ("one", "deep/two", "odd \n name"):
            assert (clone / "sub" / name).read_text() == f"{name}\n"
        assert (clone / "sub" / "later").read_text() == "later\n"


async def test_a_folder_that_cannot_all_come_back_tells_where_the_rest_of_it_is(
    tmp_path: Path, clone: Path
) -> None:
    (clone / "sub" / "deep").mkdir(parents=True)
    for name in ("a  b", "deep/two"):
        (clone / "sub" / name).write_text("then\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "all")
    then = git(clone, "rev-parse", "HEAD")
    (clone / "sub" / "deep" / "two").unlink()
    (clone / "sub" / "deep").rmdir()
    (clone / "sub" / "deep").symlink_to(tmp_path)
    (clone / "sub" / "a  b").write_text("later\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "other")
    async with house(tmp_path, [quick(clone, settle=30.0, max_settle=60.0)]) as home:
        await home.until(lambda: home.state("docs") in ("idle", "settling"))
        (clone / "sub" / "a  b").write_text("not committed\n")
        with pytest.raises(RepositoryFailedError, match="1 files were restored, 1 not") as raised:
            await home.daemon.restore(str(clone / "sub"), then, output=None)
        said = raised.value.line()
        assert not (tmp_path / "two").exists()
        found = re.search(r"`autosyncctl restore --at ([0-9a-f]+) '(.+)'`", said)
        assert found, said
        assert found[2] == str(clone / "sub" / "a  b")
        assert git(clone, "show", f"{found[1]}:sub/a  b") == "not committed"


async def test_a_restore_needs_no_watch_and_what_it_displaced_is_cleared_away(
    tmp_path: Path, clone: Path
) -> None:
    first = git(clone, "rev-parse", "HEAD")
    (clone / "readme").write_text("two\n")
    git(clone, "commit", "-q", "-am", "two")
    settings = quick(clone, watch="poll", poll_interval=1000.0)
    displaced = clone / ".git" / "autosync" / "displaced"
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.restore(str(clone / "readme"), first, output=None)
        assert list(displaced.iterdir())
        await home.until(lambda: git(clone, "show", "HEAD:readme") == "hello")
        await home.until(lambda: not list(displaced.iterdir()))


async def test_a_paused_repository_answers_and_restores_but_commits_later(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        one = await saved(home, clone / "note", "one\n")
        two = await saved(home, clone / "note", "two\n")
        await home.daemon.pause(["docs"], None)
        assert await home.daemon.history(repository="docs", file=None, limit=20)
        assert (await home.daemon.conflicts(["docs"])).conflicts == ()
        await home.daemon.restore(str(clone / "note"), one, output=None)
        assert (clone / "note").read_text() == "one\n"
        await home.until(lambda: home.daemon.status(None).repositories[0].pending == 1)
        assert git(clone, "rev-parse", "HEAD") == two
        await home.daemon.resume(["docs"])
        await home.until(lambda: git(clone, "show", "HEAD:note") == "one")


async def test_conflict_copies_are_listed_and_counted_until_they_are_deleted(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (other / "readme").write_text("theirs\n")
        git(other, "commit", "-q", "-am", "theirs")
        git(other, "push", "-q")
        (clone / "readme").write_text("mine\n")
        await home.until(lambda: bool(home.of_kind(Conflict)))
        await home.until_state("docs", "idle")

        def counted() -> int:
            return home.daemon.status(None).repositories[0].conflicts

        await home.until(lambda: counted() == 1)
        (copy,) = (await home.daemon.conflicts(None)).conflicts
        assert (copy.repository, copy.root, copy.path) == ("docs", str(clone), "readme")
        assert copy.host in ("testhost", None)
        assert copy.differs
        (clone / copy.copy).unlink()
        await home.until(lambda: counted() == 0)
        assert (await home.daemon.conflicts(None)).conflicts == ()


async def test_copies_are_counted_at_the_start_and_not_again_for_other_commits(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autosyncd.vcs.git.repository import GitRepository

    (clone / "a.conflict-01234567.txt").write_text("from before")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "from before")
    git(clone, "push", "-q")
    asked: list[None] = []
    real = GitRepository.count_conflict_copies

    async def counting(self: GitRepository) -> int:
        asked.append(None)
        return await real(self)

    monkeypatch.setattr(GitRepository, "count_conflict_copies", counting)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        assert home.daemon.status(None).repositories[0].conflicts == 1
        await saved(home, clone / "note", "one\n")
        await saved(home, clone / "note", "two\n")
        assert len(asked) == 1


async def test_what_cannot_be_answered_is_said(tmp_path: Path, clone: Path) -> None:
    missing, outside = tmp_path / "missing", tmp_path / "outside"
    outside.mkdir()
    (clone / "link").symlink_to(outside)
    async with house(tmp_path, [quick(clone), quick(missing)]) as home:
        await home.until_state("docs", "idle")
        await home.until_state("missing", "blocked")
        for file in ("/nowhere/file", str(tmp_path / "elsewhere")):
            with pytest.raises(NoSuchRepositoryError):
                await home.daemon.restore(file, "HEAD", output=None)
        for file in ("note", "/a\0b", ""):
            with pytest.raises(UsageError):
                await home.daemon.restore(file, "HEAD", output=None)
        with pytest.raises(UsageError, match="whole repository"):
            await home.daemon.restore(str(clone), "HEAD", output=None)
        with pytest.raises(UsageError, match="absolute"):
            await home.daemon.restore(str(clone / "readme"), "HEAD", output="relative")
        with pytest.raises(RepositoryFailedError, match="lies outside"):
            await home.daemon.restore(str(clone / "link" / "file"), "HEAD", output=None)
        with pytest.raises(RepositoryFailedError, match="there is no folder"):
            await home.daemon.history(repository="missing", file=None, limit=1)
        with pytest.raises(RepositoryFailedError, match="there is no folder"):
            await home.daemon.conflicts(["missing"])
        assert (await home.daemon.conflicts(None)).unknown == ("missing",)


async def test_one_that_was_never_opened_since_it_is_paused_says_so(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "paused")
        with pytest.raises(PausedError, match="has not been opened yet"):
            await home.daemon.history(repository="docs", file=None, limit=1)


async def test_restores_amid_saves_and_pulls_lose_nothing(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        first = git(clone, "rev-parse", "HEAD")
        for number in range(5):
            (other / f"from-{number}").write_text(f"{number}\n")
            git(other, "add", "-A")
            git(other, "commit", "-q", "-m", str(number))
            git(other, "pull", "-q", "--no-rebase", "--no-edit")
            git(other, "push", "-q")
            (clone / "readme").write_text(f"mine {number}\n")
            await asyncio.gather(
                home.daemon.sync(["docs"], wait=True),
                home.daemon.restore(str(clone / "readme"), first, output=None),
            )
        await home.daemon.sync(["docs"], wait=True)
        ids = git(clone, "rev-list", "--all").split()
        versions = {git(clone, "show", f"{one}:readme") for one in ids}
        assert versions >= {"hello", *(f"mine {number}" for number in range(5))}
        assert {path.name for path in clone.glob("from-*")} == {f"from-{n}" for n in range(5)}
