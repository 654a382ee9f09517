"""Where Subversion is unlike other tools: names it can't read, bits it does not see."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from autosyncd.errors import RemoteNeedsUserError, RetryError
from autosyncd.vcs.table.programs import keeps_bits
from tests.vcs.contract.conftest import FIRST, Pair
from tests.vcs.contract.copies import close_opened, message, open_copy
from tests.vcs.contract.table_subjects import ENVIRONMENT, SvnSubject, do

SVN = SvnSubject()
ODD = b"l-\xe9"

pytestmark = pytest.mark.skipif(
    shutil.which("svn") is None and os.environ.get("CI") != "true", reason="no svn here"
)


@pytest.fixture
async def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "server").mkdir()
    address = SVN.share(tmp_path / "server", FIRST)
    for name in ("mine", "theirs"):
        SVN.check_out(address, tmp_path / name)
    copies = [await open_copy(SVN, tmp_path / name) for name in ("mine", "theirs")]
    yield Pair(address, *copies)
    await close_opened()


async def test_both_versions_are_kept_beside_a_name_that_is_no_text(pair: Pair) -> None:
    pair.theirs.write({b"sub/b.txt": b"theirs\n", b"new/x": b"theirs\n"})
    await pair.theirs.sync()
    pair.mine.write({b"sub/b.txt": b"mine\n", b"new/x": b"mine\n", b"new/only mine": b"o\n"})
    pair.mine.write({b"sub/" + ODD: b"1", b"new/" + ODD: b"2"})
    await pair.mine.sync()
    await pair.theirs.sync()
    files = pair.theirs.files()
    assert pair.mine.files() == {**files, b"sub/" + ODD: b"1", b"new/" + ODD: b"2"}
    for name in (b"sub/b", b"new/x"):
        assert {files[p] for p in files if p.startswith(name)} == {b"mine\n", b"theirs\n"}
    assert files[b"new/only mine"] == b"o\n"
    for name in (b"sub/" + ODD, b"new/" + ODD):
        pair.mine.path(name).unlink()
    await pair.agree()


async def test_a_folder_of_a_repository_may_have_such_names(pair: Pair, tmp_path: Path) -> None:
    place = pair.address + "/tr%20%C3%BC%25"
    do(tmp_path, "svn", "mkdir", "-q", "-m", "x", place)
    for name in ("one", "two"):
        SVN.check_out(place, tmp_path / name)
    one, two = [await open_copy(SVN, tmp_path / name) for name in ("one", "two")]
    one.write({ODD: b"o", b"dir/" + ODD: b"o", b"dir/x": b"x\n"})
    await one.sync()
    await two.sync()
    two.write({b"y": b"y\n"})
    two.path(b"dir/x").unlink()
    await two.sync()
    await one.sync()
    assert one.files() == {ODD: b"o", b"dir/" + ODD: b"o", b"y": b"y\n"}


async def test_a_folder_that_others_deleted_stays_with_such_a_name_and_all_else_comes_in(
    pair: Pair,
) -> None:
    shutil.rmtree(pair.theirs.path(b"sub"))
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    pair.mine.write({b"sub/" + ODD: b"mine"})
    with pytest.raises(RemoteNeedsUserError) as caught:
        await pair.mine.sync()
    assert "sub was deleted: a name in it is not UTF-8" in caught.value.message
    assert pair.mine.files() == {**FIRST, b"a.txt": b"theirs\n", b"sub/" + ODD: b"mine"}
    pair.mine.path(b"sub/" + ODD).rename(pair.mine.path(b"sub/kept"))
    await pair.agree()
    assert pair.theirs.files() == {b"a.txt": b"theirs\n", b"sub/kept": b"mine"}


async def test_a_change_in_a_folder_that_others_deleted_waits_with_such_a_name(pair: Pair) -> None:
    shutil.rmtree(pair.theirs.path(b"sub"))
    await pair.theirs.sync()
    pair.mine.write({b"sub/" + ODD: b"mine", b"sub/b.txt": b"changed\n"})
    with pytest.raises(RemoteNeedsUserError):
        await pair.mine.sync()
    assert pair.mine.files()[b"sub/b.txt"] == b"changed\n"
    pair.mine.path(b"sub/" + ODD).unlink()
    await pair.agree()
    assert pair.theirs.files()[b"sub/b.txt"] == b"changed\n"


async def test_a_folder_that_was_added_before_it_had_such_a_name_is_committed(pair: Pair) -> None:
    pair.mine.write({b"new/fine": b"f\n", b"new/deep/er": b"d\n"})
    do(pair.mine.root, "svn", "add", "-q", "new")
    pair.mine.write({b"new/" + ODD: b"1", b"new/deep/" + ODD: b"2"})
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == {**FIRST, b"new/fine": b"f\n", b"new/deep/er": b"d\n"}


async def test_an_executable_bit_that_both_sides_changed_stays_what_it_became(pair: Pair) -> None:
    for copy in (pair.mine, pair.theirs):
        copy.path(b"a.txt").chmod(0o755)
    await pair.theirs.sync()
    await pair.agree()
    assert pair.mine.path(b"a.txt").stat().st_mode & 0o100
    pair.mine.path(b"a.txt").chmod(0o644)
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    await pair.agree()
    for copy in (pair.mine, pair.theirs):
        assert not copy.path(b"a.txt").stat().st_mode & 0o100
        assert copy.files() == {**FIRST, b"a.txt": b"theirs\n"}


async def test_a_link_to_a_folder_in_place_of_the_folder_is_one_on_both_sides(pair: Pair) -> None:
    pair.mine.write({b"other/c.txt": b"c\n"})
    await pair.agree()
    shutil.rmtree(pair.mine.path(b"sub"))
    pair.mine.path(b"sub").symlink_to("other")
    await pair.agree()
    assert os.readlink(pair.theirs.path(b"sub")) == "other"


def test_where_bits_are_not_kept_none_is_compared(tmp_path: Path) -> None:
    assert keeps_bits(tmp_path)
    assert not keeps_bits(tmp_path / "absent")


async def test_a_lock_of_a_killed_svn_is_told_with_its_cure(pair: Pair) -> None:
    """The lock is as svn keeps it, since no svn can be killed at that moment for sure."""
    with closing(sqlite3.connect(pair.mine.root / ".svn" / "wc.db")) as database, database:
        database.execute("INSERT INTO wc_lock VALUES (1, '', -1)")
    pair.mine.write({b"new": b"n\n"})
    look = await pair.mine.settled()
    with pytest.raises(RetryError) as caught:
        await pair.mine.repository.commit(look, message)
    assert "svn cleanup" in caught.value.line()
    assert "do what svn says" in caught.value.line()
    do(pair.mine.root, "svn", "cleanup")
    await pair.mine.commit()
    await pair.agree()
    assert pair.theirs.files()[b"new"] == b"n\n"
