"""A table of the commands of 2011 alone: what it ignores, what it pulls, what it knows again."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import ChangeKind
from autosyncd.vcs.table.memory import NAME, Memory
from tests.vcs.contract.copies import close_opened, open_copy
from tests.vcs.contract.table_subjects import MyToolSubject
from tests.vcs.git.git_world import make

FILES = {b"a": b"1\n", b"b": b"2\n", b"c": b"3\n"}


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    yield
    await close_opened()


@pytest.fixture
def subject(tmp_path: Path) -> MyToolSubject:
    """A tool with a shared folder, and a working copy of it in `mine`."""
    subject = MyToolSubject()
    (tmp_path / "server").mkdir()
    subject.check_out(subject.share(tmp_path / "server", FILES), tmp_path / "mine")
    return subject


def shared(folder: Path) -> dict[bytes, bytes]:
    tree = folder / "server" / "shared" / "tree"
    return {os.fsencode(path.name): path.read_bytes() for path in tree.iterdir()}


async def test_what_changed_while_nobody_looked_is_told_file_by_file(
    subject: MyToolSubject, tmp_path: Path
) -> None:
    before = await open_copy(subject, tmp_path / "mine")
    before.write({b"d": b"4\n"})
    await before.sync()
    before.write({b"a": b"changed\n", b"new": b"n\n"})
    before.path(b"b").unlink()
    mine = await open_copy(subject, tmp_path / "mine")
    look = await mine.settled()
    assert {(change.path, change.kind) for change in look.changes} == {
        (b"a", ChangeKind.MODIFIED),
        (b"b", ChangeKind.DELETED),
        (b"new", ChangeKind.ADDED),
    }
    await mine.commit(b"a", b"b")
    await mine.sync()
    assert shared(tmp_path) == {b"a": b"changed\n", b"c": b"3\n", b"d": b"4\n", b"new": b"n\n"}


async def test_what_was_committed_by_hand_meanwhile_is_no_trouble(
    subject: MyToolSubject, tmp_path: Path
) -> None:
    before = await open_copy(subject, tmp_path / "mine")
    before.write({b"a": b"changed\n", b"new": b"n\n"})
    before.path(b"b").unlink()
    subject.publish(before.root)
    mine = await open_copy(subject, tmp_path / "mine")
    await mine.sync()
    assert not (await mine.settled()).changes
    assert shared(tmp_path) == {b"a": b"changed\n", b"c": b"3\n", b"new": b"n\n"}


async def test_at_the_first_start_only_what_is_not_ignored_is_taken(
    subject: MyToolSubject, tmp_path: Path
) -> None:
    (tmp_path / "mine" / "private").write_bytes(b"p\n")
    (tmp_path / "mine" / "new").write_bytes(b"n\n")
    (tmp_path / "mine" / "a").write_bytes(b"changed\n")
    mine = await open_copy(subject, tmp_path / "mine", ignore=("private",))
    await mine.sync()
    assert shared(tmp_path) == {**FILES, b"a": b"changed\n", b"new": b"n\n"}
    mine.write({b"later": b"l\n"})
    await mine.sync()
    assert shared(tmp_path).keys() == {*FILES, b"new", b"later"}


async def test_a_tool_that_takes_all_or_nothing_is_not_asked_to_take_what_is_ignored(
    subject: MyToolSubject, tmp_path: Path
) -> None:
    subject.without = ("add",)
    (tmp_path / "mine" / "private").write_bytes(b"p\n")
    (tmp_path / "mine" / "new").write_bytes(b"n\n")
    mine = await open_copy(subject, tmp_path / "mine", ignore=("private",))
    with pytest.raises(NeedsUserError) as caught:
        await mine.commit()
    assert "private" in caught.value.message
    assert "`ignore`" in caught.value.message
    assert shared(tmp_path) == FILES


@pytest.mark.parametrize("ignored", [False, True])
async def test_what_is_deleted_edited_and_made_while_the_tool_pulls_is_seen(
    subject: MyToolSubject, tmp_path: Path, ignored: bool
) -> None:
    """Also where the tool's status is never clean, for what only the configuration ignores."""
    subject.check_out(str(tmp_path / "server" / "shared"), tmp_path / "theirs")
    (tmp_path / "theirs" / "c").write_bytes(b"theirs\n")
    (tmp_path / "theirs" / "gone").write_bytes(b"g\n")
    subject.publish(tmp_path / "theirs")
    mine = await open_copy(subject, tmp_path / "mine", ignore=("private",))
    (tmp_path / "theirs" / "gone").unlink()
    subject.publish(tmp_path / "theirs")
    if ignored:
        mine.write({b"private": b"p\n"})
    subject.meanwhile(mine.root, "rm a; echo edited >b; echo new >new")
    await mine.repository.fetch()
    look = await mine.settled()
    seen = {change.path for change in look.changes} | {change.source for change in look.changes}
    assert {b"a", b"b", b"new"} <= seen
    await mine.sync()
    expected = {b"b": b"edited\n", b"c": b"theirs\n", b"new": b"new\n"}
    assert shared(tmp_path) == expected
    assert {p: c for p, c in mine.files().items() if p != b"private"} == expected
    assert not (await mine.settled()).changes


def test_a_memory_that_is_cut_off_or_of_something_else_is_none(tmp_path: Path) -> None:
    memory = Memory(tmp_path, b"")
    assert memory.load() is None
    known = {b"a/b": (1, 2, 3, 4), b"\xff": (5, 6, 7, 8)}
    memory.save(known)
    assert memory.load() == known
    assert Memory(tmp_path, b"sub").load() is None
    file = tmp_path / NAME
    whole = file.read_bytes()
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        assert memory.load() is None
    Memory(tmp_path / "absent", b"").save(known)
    assert not (tmp_path / "absent").exists()


async def test_files_of_a_folder_that_becomes_a_repository_are_not_deleted(
    subject: MyToolSubject, tmp_path: Path
) -> None:
    mine = await open_copy(subject, tmp_path / "mine")
    mine.write({b"sub/one": b"1\n", b"sub/deep/two": b"2\n"})
    await mine.sync()
    make(mine.root / "sub")
    mine.write({b"new": b"n\n"})
    look = await mine.settled()
    assert [change.path for change in look.changes] == [b"new"]
    assert [left.path for left in look.left_out] == [b"sub"]


async def test_files_of_a_folder_that_cannot_be_read_are_not_deleted(
    subject: MyToolSubject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await open_copy(subject, tmp_path / "mine")
    mine.write({b"sub/one": b"1\n"})
    await mine.sync()
    real, folder = os.lstat, os.fsencode(mine.root) + b"/sub/"

    def lstat(path: str | bytes) -> os.stat_result:
        if os.fsencode(path).startswith(folder):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "lstat", lstat)
    monkeypatch.setattr(os, "scandir", _refusing(os.scandir, folder[:-1]))
    assert not (await mine.settled()).changes


def _refusing(scandir: Callable[[bytes], Any], folder: bytes) -> Callable[[bytes], Any]:
    def refusing(path: bytes) -> Any:
        if os.fsencode(path) == folder:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    return refusing
