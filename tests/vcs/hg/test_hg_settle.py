"""Conflicts that the user settles: the version that is dropped is in the history."""

from pathlib import Path

import pytest

from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import ConflictCopy, KnowsCopies
from tests.vcs.hg.conftest import Pair
from tests.vcs.hg.hg_world import hg


async def conflict(pair: Pair) -> tuple[KnowsCopies, ConflictCopy]:
    """Both changed `a.txt`."""
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    pair.mine.write({b"a.txt": b"mine\n"})
    await pair.mine.sync()
    [copy] = await pair.mine.repository.conflict_copies()
    assert isinstance(pair.mine.repository, KnowsCopies)
    return pair.mine.repository, copy


def contents(pair: Pair) -> dict[bytes, bytes]:
    return {path: text for path, text in pair.mine.files().items() if path != b"sub/b.txt"}


async def test_the_version_that_has_the_name_stays(pair: Pair) -> None:
    repository, copy = await conflict(pair)
    before = contents(pair)
    done = await repository.settle(copy, "this")
    assert (done.written, done.now, done.kept) == ((copy.copy,), None, ())
    assert contents(pair) == {b"a.txt": before[b"a.txt"]}
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == pair.mine.files()


async def test_the_other_version_takes_the_name_and_edits_are_kept(pair: Pair) -> None:
    repository, copy = await conflict(pair)
    pair.mine.write({b"a.txt": b"edited\n", copy.copy: b"edited copy\n"})
    done = await repository.settle(copy, "other")
    assert contents(pair) == {b"a.txt": b"edited copy\n"}
    assert (done.now, len(done.kept)) == (b"a.txt", 1)
    assert hg(pair.mine.root, "cat", "-r", done.kept[0], "a.txt") == b"edited\n"
    await pair.mine.sync()
    assert await pair.mine.repository.count_conflict_copies() == 0


async def test_both_stay_under_plain_names(pair: Pair) -> None:
    repository, copy = await conflict(pair)
    before = contents(pair)
    (pair.mine.root / "a.from-testhost.txt").write_text("taken")
    done = await repository.settle(copy, "both")
    name = b"a.from-testhost-2.txt"
    assert done.now == name
    after = contents(pair)
    assert (after[b"a.txt"], after[name]) == (before[b"a.txt"], before[copy.copy])
    assert copy.copy not in after
    with pytest.raises(RepositoryFailedError, match="no conflict copy"):
        await repository.settle(copy, "this")


async def test_a_diff_shows_both_as_they_are_on_disk(pair: Pair) -> None:
    repository, copy = await conflict(pair)
    here = {path: contents(pair)[path] for path in (copy.path, copy.copy)}
    diff = await repository.compare(copy.path, copy.copy)
    assert diff.splitlines()[:2] == [b"--- a.txt", b"+++ " + copy.copy]
    assert b"-" + here[copy.path] + b"+" + here[copy.copy] in diff
    Path(pair.mine.root, "a.txt").unlink()
    assert b"+" + here[copy.copy] in await repository.compare(copy.path, copy.copy)
