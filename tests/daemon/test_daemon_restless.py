"""Files that are written on and on, so fast that they are never still."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Held
from autosyncd.worker import steady
from tests.daemon import restless_writer
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick

SETTLE, MAX_SETTLE = 0.3, 0.6


@contextmanager
def writing(tree: Path, style: str) -> Iterator[None]:
    """A program that writes in one of its styles until it is told to stop."""
    command = [sys.executable, restless_writer.__file__, style, os.fspath(tree)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as writer:
        try:
            yield
        finally:
            assert writer.stdin is not None
            writer.stdin.close()
            assert writer.wait(60) == 0


def versions(tree: Path, path: str) -> list[str]:
    """What the commits have of a path, the newest first; git() strips the last newline."""
    commits = git(tree, "log", "--format=%H", "--", path).split()
    return [git(tree, "show", f"{commit}:{path}") for commit in commits]


def has_more_versions(tree: Path, path: str, number: int) -> bool:
    return len(git(tree, "log", "--format=%H", "--", path).split()) > number


async def watch_some_commits(home: House, tree: Path, path: str) -> float:
    """Wait for some commits of a path, and for another file beside it; seconds it took."""
    begin = time.monotonic()
    await home.until(lambda: path in git(tree, "ls-files"), limit=60)
    (tree / "other").write_text("x\n")
    await home.until(lambda: "other" in git(tree, "ls-files"), limit=60)
    await home.until(lambda: len(home.of_kind(Committed)) >= 4, limit=60)
    return time.monotonic() - begin


def at_most(seconds: float) -> float:
    """So many commits may be made of what changes on and on; the other file may have its own."""
    return seconds / (MAX_SETTLE / 2) + 3


async def test_a_log_is_committed_every_max_settle_as_far_as_it_was(
    tmp_path: Path, clone: Path
) -> None:
    settings = quick(clone, settle=SETTLE, max_settle=MAX_SETTLE, sync="commit")
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        with writing(clone, "log"):
            seconds = await watch_some_commits(home, clone, "log")
            assert len(home.of_kind(Committed)) <= at_most(seconds)
        await home.until(lambda: git(clone, "status", "--porcelain") == "", limit=60)
        whole = (clone / "log").read_text()
        assert all(whole.startswith(version) for version in versions(clone, "log"))
        await home.until(lambda: not home.daemon.held(["docs"]).held, limit=60)
        copies = clone / ".git" / "autosync" / "copies"
        await home.until(lambda: not copies.exists(), limit=60)


@pytest.mark.parametrize("style", ["rewrite", "in-place", "rename"])
async def test_a_file_that_is_rewritten_on_and_on_is_committed_in_whole_versions(
    tmp_path: Path, clone: Path, style: str
) -> None:
    settings = quick(clone, settle=SETTLE, max_settle=MAX_SETTLE, sync="commit")
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        with writing(clone, style):
            seconds = await watch_some_commits(home, clone, "state")
            assert len(home.of_kind(Committed)) <= at_most(seconds)
        await home.until(lambda: git(clone, "status", "--porcelain") == "", limit=60)
        for version in versions(clone, "state"):
            lines = version.split("\n")
            assert len(lines) == restless_writer.LINES
            assert len(set(lines)) == 1


async def test_a_build_that_rewrites_many_files_neither_starves_nor_floods(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    calm = clone_of(remote, tmp_path / "calm")
    each = {"settle": SETTLE, "max_settle": MAX_SETTLE, "sync": "commit"}
    async with house(tmp_path, [quick(clone, **each), quick(calm, **each)]) as home:
        await home.until(lambda: {home.state("docs"), home.state("calm")} == {"idle"})
        with writing(clone, "build"):
            begin = time.monotonic()
            (calm / "note").write_text("x\n")
            await home.until(lambda: git(calm, "status", "--porcelain") == "", limit=60)
            (clone / "other").write_text("x\n")
            await home.until(lambda: "other" in git(clone, "ls-files"), limit=60)
            names = {f"out/f{number}" for number in range(restless_writer.FILES)}
            await home.until(lambda: names <= {*git(clone, "ls-files").split()}, limit=60)
            made = [e for e in home.of_kind(Committed) if e.repository == "docs"]
            assert len(made) <= at_most(time.monotonic() - begin)
        await home.until(lambda: git(clone, "status", "--porcelain") == "", limit=60)


def none_is_whole(*_asked: object) -> dict[bytes, Path]:
    return {}


def no_room(*_asked: object) -> dict[bytes, Path]:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("copying", [none_is_whole, no_room])
async def test_what_can_never_be_read_is_held_and_hinders_nobody(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch, copying: Callable[..., object]
) -> None:
    monkeypatch.setattr(steady, "take_copies", copying)
    settings = quick(clone, settle=SETTLE, max_settle=MAX_SETTLE, sync="commit")
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        with writing(clone, "log"):
            await home.until(lambda: bool(home.of_kind(Held)), limit=60)
            (clone / "other").write_text("x\n")
            await home.until(lambda: "other" in git(clone, "ls-files"), limit=60)
            await home.until(lambda: home.daemon.status(None).repositories[0].held == 1, limit=60)
        await home.until(lambda: git(clone, "status", "--porcelain") == "", limit=60)
        await home.until(lambda: not home.daemon.held(["docs"]).held, limit=60)
        [told] = home.of_kind(Held)
        assert isinstance(told, Held)
        assert told.path == "log"
        assert "was never still" in told.why


async def test_a_secret_in_it_is_held_by_its_name_and_not_committed(
    tmp_path: Path, clone: Path
) -> None:
    settings = quick(clone, settle=SETTLE, max_settle=MAX_SETTLE, sync="commit")
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        with writing(clone, "secret"):
            await home.until(lambda: bool(home.of_kind(Held)), limit=60)
            [held] = home.daemon.held(["docs"]).held
            assert (held.path, "holds" in held.why) == ("log", True)
            for number in range(3):
                (clone / "other").write_text(f"{number}\n")
                await home.until(partial(has_more_versions, clone, "other", number), limit=60)
                assert "log" not in git(clone, "ls-files")
        await home.until(lambda: home.state("docs") == "idle", limit=60)
        assert "log" not in git(clone, "ls-files")
