"""What every backend promises of one working copy: it is found, looked at, and committed."""

import os
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import ChangeKind, Look
from autosyncd.vcs.tree import saving
from tests.vcs.contract.conftest import FIRST, Pair
from tests.vcs.contract.copies import message, open_copy
from tests.vcs.contract.subject import Subject
from tests.vcs.git.git_world import make

ODD_NAMES = (
    *(b"a b", b"-dash", b"*star", b"[x]", b":(top)x", b"?", b"quote'\"back\\slash", b"#hash"),
    *(
        b"@at",
        b"a@b",
        b"re:x",
        b"glob:x",
        b"path:x",
        b"set:all()",
        b"~tilde",
        b"\xc3\xbcnic\xc3\xb6de",
    ),
    *(b"x" * 200, b"dot..dot", b"%(percent)s", b"{path}", b"$HOME", b"tab\there"),
)
"""Names in which tools see patterns, options, places, variables."""


def kinds(look: Look) -> dict[bytes, ChangeKind]:
    return {change.path: change.kind for change in look.changes}


async def test_it_is_detected_by_the_nearest_root(pair: Pair, subject: Subject) -> None:
    root = pair.mine.root
    backend = subject.backend()
    assert backend.detect(root) == root
    assert backend.detect(root / "sub") == root
    assert backend.detect(root.parent) is None
    assert backend.detect(root / "nowhere") in (root, None)
    assert pair.mine.repository.name == subject.name
    assert (pair.mine.repository.root, pair.mine.repository.below) == (root, b"")


async def test_a_folder_that_is_no_working_copy_is_refused(
    subject: Subject, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    for folder in (tmp_path / "plain", tmp_path / "absent"):
        with pytest.raises(NeedsUserError) as caught:
            await open_copy(subject, folder)
        assert caught.value.hint


@pytest.mark.needs("some")
async def test_what_a_program_writes_for_moments_waits(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "REPLACING", 60.0)
    pair.mine.write({b"film.mkv.part": b"x\n", b"sub/.b.txt.AbC123": b"x\n", b"new": b"n\n"})
    pair.mine.path(b"a.txt").rename(pair.mine.path(b"a.txt.bak"))
    look = await pair.mine.repository.look(None)
    assert {change.path for change in look.changes} <= {b"new"}
    assert {b"film.mkv.part", b"sub/.b.txt.AbC123", b"a.txt.bak"} == look.passing.keys()
    pair.mine.path(b"a.txt.bak").rename(pair.mine.path(b"a.txt"))
    await pair.mine.commit()
    left = await pair.mine.settled()
    assert left.changes == ()
    assert {b"film.mkv.part", b"sub/.b.txt.AbC123"} == left.passing.keys()


async def test_a_clean_tree_has_nothing_to_commit(pair: Pair) -> None:
    assert await pair.mine.settled() == Look()
    assert await pair.mine.commit() is None
    standing = await pair.mine.repository.inspect()
    assert (standing.obstacle, standing.ahead, standing.behind) == (None, 0, 0)
    assert standing.url is not None
    assert standing.last_commit is not None
    assert standing.last_commit.time > 1_500_000_000


@pytest.mark.core
async def test_a_look_tells_what_was_added_modified_and_deleted(pair: Pair) -> None:
    pair.mine.write({b"new": b"n\n", b"deep/er/new": b"d\n", b"a.txt": b"other\n"})
    pair.mine.path(b"sub/b.txt").unlink()
    assert kinds(await pair.mine.settled()) == {
        b"new": ChangeKind.ADDED,
        b"deep/er/new": ChangeKind.ADDED,
        b"a.txt": ChangeKind.MODIFIED,
        b"sub/b.txt": ChangeKind.DELETED,
    }
    assert kinds(await pair.mine.settled(b"deep", b"a.txt", b"no/such")) == {
        b"deep/er/new": ChangeKind.ADDED,
        b"a.txt": ChangeKind.MODIFIED,
    }


async def test_only_what_the_look_has_is_committed(pair: Pair) -> None:
    pair.mine.write({b"wanted": b"w\n", b"other": b"o\n", b"a.txt": b"mine\n"})
    commit = await pair.mine.commit(b"wanted")
    assert commit is not None
    assert [change.path for change in commit.changes] == [b"wanted"]
    assert commit.info.subject == "1 changed"
    assert kinds(await pair.mine.settled()) == {
        b"other": ChangeKind.ADDED,
        b"a.txt": ChangeKind.MODIFIED,
    }
    standing = await pair.mine.repository.inspect()
    assert standing.last_commit is not None
    assert (standing.head, standing.last_commit.id) == (commit.info.id, commit.info.id)


async def test_what_changed_since_it_was_judged_is_not_committed(pair: Pair) -> None:
    pair.mine.write({b"a.txt": b"judged\n", b"new": b"judged\n"})
    look = await pair.mine.settled()
    judged = {b"a.txt": stamp_of(pair.mine.path(b"a.txt")), b"new": (1, 2, 3, 4)}
    held = Look(look.changes, look.unstable, look.left_out, judged)
    commit = await pair.mine.repository.commit(held, message)
    assert commit is not None
    assert [change.path for change in commit.changes] == [b"a.txt"]
    assert b"new" in commit.unstable
    assert kinds(await pair.mine.settled()) == {b"new": ChangeKind.ADDED}


def stamp_of(path: Path) -> tuple[int, int, int, int]:
    status = path.lstat()
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@pytest.mark.core
async def test_odd_names_travel(pair: Pair) -> None:
    can = pair.mine.subject.can
    names = [name for name in ODD_NAMES if can.tabs or b"\t" not in name]
    names = [name for name in names if can.backslashes or b"\\" not in name]
    files = {name: b"%d\n" % number for number, name in enumerate(names)}
    pair.mine.write({**files, **{b"fold er/" + name: b"x\n" for name in ODD_NAMES[:6]}})
    await pair.agree()
    assert set(pair.theirs.files()) >= set(files)
    for name in names:
        pair.mine.path(name).write_bytes(b"changed\n")
    await pair.agree()
    assert all(pair.theirs.files()[name] == b"changed\n" for name in names)
    for name in names:
        pair.mine.path(name).unlink()
    await pair.agree()
    assert not set(pair.theirs.files()) & set(ODD_NAMES)


@pytest.mark.needs("not_utf8")
async def test_names_that_are_no_text_travel(pair: Pair) -> None:
    pair.mine.write({b"latin1-\xe9\xff": b"x\n"})
    await pair.agree()
    assert b"latin1-\xe9\xff" in pair.theirs.files()


@pytest.mark.needs("newlines")
async def test_names_with_newlines_travel(pair: Pair) -> None:
    pair.mine.write({b"new\nline": b"x\n"})
    await pair.agree()
    assert b"new\nline" in pair.theirs.files()


@pytest.mark.needs("not newlines")
async def test_a_name_that_the_tool_refuses_is_left_out_and_stops_no_other(pair: Pair) -> None:
    pair.mine.write({b"new\nline": b"x\n", b"fine": b"f\n"})
    look = await pair.mine.settled()
    assert (set(kinds(look)), [left.path for left in look.left_out]) == ({b"fine"}, [b"new\nline"])
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files().keys() == FIRST.keys() | {b"fine"}


async def test_pipes_are_left_out_and_stop_no_other(pair: Pair) -> None:
    os.mkfifo(pair.mine.path(b"pipe"))
    pair.mine.write({b"fine": b"f\n"})
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files().keys() == FIRST.keys() | {b"fine"}


async def test_repositories_of_their_own_inside_are_left_alone(
    pair: Pair, subject: Subject, tmp_path: Path
) -> None:
    make(pair.mine.root / "inner", file="i\n")
    (pair.mine.root / "around").mkdir()
    subject.check_out(pair.address, tmp_path / "same")
    (tmp_path / "same").rename(pair.mine.root / "around" / "same")
    pair.mine.write({b"fine": b"f\n"})
    look = await pair.mine.settled()
    left = {entry.path.rstrip(b"/"): entry.why for entry in look.left_out}
    inside = (b"around/same", b"inner") if subject.can.nested else (b"inner",)
    assert left == dict.fromkeys(inside, "it is a repository of its own")
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files().keys() == FIRST.keys() | {b"fine"}


@pytest.mark.needs("links")
async def test_links_travel_as_links(pair: Pair) -> None:
    pair.mine.path(b"link").symlink_to("a.txt")
    pair.mine.path(b"broken").symlink_to("no/such")
    await pair.agree()
    assert os.readlink(pair.theirs.path(b"link")) == "a.txt"
    assert os.readlink(pair.theirs.path(b"broken")) == "no/such"


@pytest.mark.needs("links")
async def test_a_file_may_become_a_link_and_the_other_way_round(pair: Pair) -> None:
    pair.mine.write({b"one": b"1\n"})
    pair.mine.path(b"two").symlink_to("one")
    await pair.agree()
    for name in (b"one", b"two"):
        pair.mine.path(name).unlink()
    pair.mine.path(b"one").symlink_to("a.txt")
    pair.mine.write({b"two": b"2\n"})
    await pair.agree()
    assert os.readlink(pair.theirs.path(b"one")) == "a.txt"
    assert not pair.theirs.path(b"two").is_symlink()
    assert pair.theirs.files()[b"two"] == b"2\n"


@pytest.mark.needs("programs")
async def test_programs_stay_programs(pair: Pair) -> None:
    pair.mine.write({b"run": b"#!/bin/sh\n"})
    pair.mine.path(b"run").chmod(0o755)
    pair.mine.path(b"a.txt").chmod(0o755)
    await pair.agree()
    assert all(os.access(pair.theirs.path(name), os.X_OK) for name in (b"run", b"a.txt"))
    pair.mine.path(b"run").chmod(0o644)
    await pair.agree()
    assert not os.access(pair.theirs.path(b"run"), os.X_OK)


async def test_empty_and_binary_files_travel(pair: Pair) -> None:
    files = {
        b"empty": b"",
        b"binary": bytes(range(256)) * 40,
        b"crlf": b"a\r\nb\nc\r",
        b"nul": b"\0",
    }
    pair.mine.write(files)
    await pair.agree()
    assert {name: pair.theirs.files()[name] for name in files} == files


async def test_a_folder_may_take_a_files_name_and_the_other_way_round(pair: Pair) -> None:
    pair.mine.path(b"a.txt").unlink()
    pair.mine.write({b"a.txt/inside": b"i\n"})
    pair.mine.path(b"sub/b.txt").unlink()
    pair.mine.path(b"sub").rmdir()
    pair.mine.write({b"sub": b"a file now\n"})
    await pair.agree()
    assert pair.theirs.files() == {b"a.txt/inside": b"i\n", b"sub": b"a file now\n"}


async def test_what_the_configuration_ignores_is_left_alone(subject: Subject, pair: Pair) -> None:
    copy = await open_copy(subject, pair.mine.root, ignore=("*.log", "/cache/"))
    copy.write({b"x.log": b"x", b"deep/y.log": b"y", b"cache/z": b"z", b"kept": b"k"})
    assert kinds(await copy.settled()) == {b"kept": ChangeKind.ADDED}


@pytest.mark.needs("ignores")
async def test_what_the_tool_ignores_is_left_alone_and_told_to_the_watcher(
    subject: Subject, pair: Pair
) -> None:
    subject.ignore(pair.mine.root, "private")
    pair.mine.write({b"private": b"p"})
    assert b"private" not in kinds(await pair.mine.settled())
    sources = await pair.mine.repository.ignore_sources()
    assert sources.control
    assert all(name.startswith((b".", b"_")) for name in sources.control)


async def test_only_the_watched_folder_is_committed(subject: Subject, pair: Pair) -> None:
    inside = await open_copy(subject, pair.mine.root / "sub")
    assert (inside.repository.root, inside.repository.below) == (pair.mine.root, b"sub")
    inside.write({b"sub/new": b"n\n", b"outside": b"o\n"})
    assert kinds(await inside.settled()) == {b"sub/new": ChangeKind.ADDED}
    commit = await inside.commit()
    assert commit is not None
    assert [change.path for change in commit.changes] == [b"sub/new"]


async def test_deletions_are_weighed(pair: Pair) -> None:
    pair.mine.write({b"many/%d" % number: b"%d\n" % number for number in range(30)})
    await pair.mine.commit()
    for number in range(25):
        pair.mine.path(b"many/%d" % number).unlink()
    look = await pair.mine.settled()
    deletions = await pair.mine.repository.deletions(look, 0.5)
    assert (len(deletions.gone), deletions.tracked) == (25, 32)


async def test_what_was_moved_is_no_deletion(pair: Pair) -> None:
    pair.mine.write({b"many/%d" % number: b"%d\n" % number for number in range(30)})
    await pair.mine.commit()
    pair.mine.path(b"many").rename(pair.mine.path(b"moved"))
    look = await pair.mine.settled()
    deletions = await pair.mine.repository.deletions(look, 0.5)
    assert (len(deletions.gone), deletions.added) == (0, 30)
