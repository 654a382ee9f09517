"""Conflicts are compared and settled, and no version of anything is lost by it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from autosyncd.api.paths import as_answered
from autosyncd.api.types import SettleResult
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import Keep
from autosyncd.worker import settling
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick


@dataclass
class Scene:
    """A repository in which `plan.txt` has a conflict."""

    home: House
    clone: Path
    copy: Path

    @property
    def file(self) -> Path:
        return self.clone / "plan.txt"

    async def settle(self, keep: Keep, file: Path | None = None) -> SettleResult:
        return await self.home.daemon.settle(str(file or self.file), keep)

    async def until_committed(self) -> None:
        await self.home.until(
            lambda: (
                self.home.daemon.status(None).repositories[0].conflicts == 0
                and git(self.clone, "status", "--porcelain") == ""
            )
        )

    def everywhere(self) -> str:
        """All text in all commits and safety refs."""
        return git(self.clone, "log", "--all", "-p", "-c", "--format=", "--no-color")


@asynccontextmanager
async def scene(tmp_path: Path, remote: Path, clone: Path) -> AsyncIterator[Scene]:
    other = clone_of(remote, tmp_path / "other")
    (other / "plan.txt").write_text("theirs\n")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "theirs")
    git(other, "push", "-q")
    (clone / "plan.txt").write_text("mine\n")
    async with house(tmp_path, [quick(clone, settle=0.3)]) as home:
        await home.until(lambda: bool(list(clone.glob("plan.conflict-*"))))
        await home.until_state("docs", "idle")
        (copy,) = clone.glob("plan.conflict-*")
        yield Scene(home, clone, copy)


async def test_versions_are_compared_as_they_are_on_disk(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    async with scene(tmp_path, remote, clone) as at:
        at.file.write_text("edited just now\n")
        (found,) = (await at.home.daemon.compare(str(at.file))).differences
        assert "-edited just now\n" in found.diff
        assert (await at.home.daemon.compare(str(at.copy))).differences == (found,)
        at.file.write_bytes(b"\0\1")
        (found,) = (await at.home.daemon.compare(str(at.file))).differences
        assert "Binary files" in found.diff
        with at.file.open("wb") as huge:
            huge.truncate(settling.LARGEST + 1)
        (found,) = (await at.home.daemon.compare(str(at.file))).differences
        assert "too large" in found.diff


async def test_a_name_that_is_no_utf8_is_known_as_answers_have_it(
    tmp_path: Path, clone: Path
) -> None:
    def copied(name: bytes, text: str) -> Path:
        file, copy = (clone / os.fsdecode(one + b".txt") for one in (name, name + b".conflict-ID"))
        file.write_text("this\n")
        copy.write_text(text)
        git(clone, "add", "-A")
        copy = copy.rename(str(copy).replace("ID", git(clone, "hash-object", str(copy))[:8]))
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", "x")
        return copy

    one = copied(b"caf\xe9", "other\n")
    copied(b"caf\xe8", "third\n")
    copied(b"m\xe9", "fourth\n")
    async with house(tmp_path, [quick(clone, settle=30.0, max_settle=60.0)]) as home:
        await home.until(lambda: home.state("docs") in ("idle", "settling"))
        (shown,) = (await home.daemon.compare(f"{clone}/m\ufffd.txt")).differences
        assert "-this\n+fourth\n" in shown.diff
        with pytest.raises(RepositoryFailedError, match="can be any of"):
            await home.daemon.settle(f"{clone}/caf\ufffd.txt", "other")
        copy = as_answered(str(one))
        (shown,) = (await home.daemon.compare(copy)).differences
        assert "-this\n+other\n" in shown.diff
        await home.daemon.settle(copy, "other")
        assert (clone / os.fsdecode(b"caf\xe9.txt")).read_text() == "other\n"
        assert (clone / os.fsdecode(b"caf\xe8.txt")).read_text() == "this\n"
        assert not one.exists()


@pytest.mark.parametrize("by_copy", [False, True])
async def test_this_drops_the_copy(
    tmp_path: Path, remote: Path, clone: Path, *, by_copy: bool
) -> None:
    async with scene(tmp_path, remote, clone) as at:
        this, other = at.file.read_text(), at.copy.read_text()
        (done,) = (await at.settle("this", at.copy if by_copy else None)).settled
        assert (done.path, done.now, done.kept) == ("plan.txt", None, ())
        assert not at.copy.exists()
        await at.until_committed()
        assert at.file.read_text() == this
        assert f"+{other}" in at.everywhere()


async def test_other_gives_the_name_to_the_version_in_the_copy(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    async with scene(tmp_path, remote, clone) as at:
        this, other = at.file.read_text(), at.copy.read_text()
        (done,) = (await at.settle("other")).settled
        assert done.now == "plan.txt"
        assert at.file.read_text() == other
        await at.until_committed()
        assert (at.file.read_text(), at.copy.exists()) == (other, False)
        assert f"+{this}" in at.everywhere()


async def test_both_stay_under_plain_names(tmp_path: Path, remote: Path, clone: Path) -> None:
    async with scene(tmp_path, remote, clone) as at:
        versions = {at.file.read_text(), at.copy.read_text()}
        taken = [clone / f"plan.from-{host}.txt" for host in ("testhost", "other")]
        for path in taken:
            path.write_text("in the way\n")
        (done,) = (await at.settle("both")).settled
        assert done.now in ("plan.from-testhost-2.txt", "plan.from-other-2.txt")
        await at.until_committed()
        assert {at.file.read_text(), (clone / done.now).read_text()} == versions
        assert [path.read_text() for path in taken] == ["in the way\n"] * 2
        assert not at.copy.exists()


@pytest.mark.parametrize("keep", ["this", "other", "both"])
async def test_edits_that_are_in_no_commit_yet_are_kept(
    tmp_path: Path, remote: Path, clone: Path, keep: Keep
) -> None:
    async with scene(tmp_path, remote, clone) as at:
        await at.home.daemon.pause(None, None)
        at.file.write_text("an edit of this\n")
        at.copy.write_text("an edit of the other\n")
        (done,) = (await at.settle(keep)).settled
        dropped = {"this": "the other", "other": "this"}.get(keep)
        kept = "".join(git(at.clone, "show", commit) for commit in done.kept)
        assert dropped is None or f"+an edit of {dropped}" in kept
        there = {path.read_text() for path in at.clone.glob("plan*")}
        assert {
            f"an edit of {name}\n" for name in ("this", "the other") if name != dropped
        } == there
        await at.home.daemon.resume(None)
        await at.until_committed()


async def test_what_can_not_be_settled_is_said_and_nothing_happens(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    async with scene(tmp_path, remote, clone) as at:
        with pytest.raises(RepositoryFailedError, match="no conflict waits in"):
            await at.settle("this", clone / "readme")
        with at.copy.open("ab"), pytest.raises(RepositoryFailedError, match="open for writing"):
            await at.settle("this")
        second = at.copy.with_name("plan.conflict-0123456789abcdef.txt")
        second.write_text("a third version\n")
        await at.home.until(lambda: at.home.daemon.status(None).repositories[0].conflicts == 2)
        with pytest.raises(RepositoryFailedError, match="has 2 other versions") as raised:
            await at.settle("other")
        assert second.name in (raised.value.hint or "")
        assert at.copy.exists()
        await at.settle("other", second)
        assert at.file.read_text() == "a third version\n"
        await at.settle("this")
        await at.until_committed()


async def test_settling_amid_saves_loses_nothing(tmp_path: Path, remote: Path, clone: Path) -> None:
    async with scene(tmp_path, remote, clone) as at:
        saved = []
        for number in range(12):
            text = f"save number {number}\n"
            at.copy.write_text(text)
            saved.append(text)
            try:
                await at.settle("other" if number % 2 else "this")
            except RepositoryFailedError:
                pass
            await asyncio.sleep(0)
        await at.home.daemon.sync(None, wait=True)
        everything = at.everywhere()
        assert [text for text in saved if f"+{text}" not in everything] == []
