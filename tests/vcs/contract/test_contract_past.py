"""What a backend promises of the past, where its tool keeps one that can be asked."""

import time
from pathlib import Path

import pytest

from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import ChangeKind
from tests.vcs.contract.conftest import Pair


async def versions(pair: Pair) -> tuple[str, str]:
    """Two commits of the same file; the ids."""
    made = []
    for content in (b"first\n", b"second\n"):
        pair.mine.write({b"note.txt": content})
        commit = await pair.mine.commit()
        assert commit
        made.append(commit.info.id)
    return made[0], made[1]


@pytest.mark.needs("history")
async def test_the_history_has_the_automatic_commits_newest_first(pair: Pair) -> None:
    first, second = await versions(pair)
    past = await pair.mine.repository.history(None, 10)
    assert [entry.info.id for entry in past] == [second, first]
    assert {(entry.host, entry.paths) for entry in past} == {("testhost", (b"note.txt",))}
    assert past[0].info.subject == "1 changed"
    assert abs(past[0].info.time - time.time()) < 3600
    assert len(await pair.mine.repository.history(None, 1)) == 1


@pytest.mark.needs("history")
async def test_the_history_of_a_file_has_its_commits_by_whomever(pair: Pair) -> None:
    await versions(pair)
    assert len(await pair.mine.repository.history(b"note.txt", 10)) == 2
    assert len(await pair.mine.repository.history(b"a.txt", 10)) == 1
    assert await pair.mine.repository.history(b"no such", 10) == ()


@pytest.mark.needs("restore")
async def test_an_earlier_version_is_brought_back_as_an_edit(pair: Pair) -> None:
    first, _second = await versions(pair)
    restored = await pair.mine.repository.restore(b"note.txt", first, None)
    assert restored.commit == first
    assert pair.mine.files()[b"note.txt"] == b"first\n"
    commit = await pair.mine.commit()
    assert commit
    assert [(c.path, c.kind) for c in commit.changes] == [(b"note.txt", ChangeKind.MODIFIED)]


@pytest.mark.needs("restore")
async def test_an_earlier_version_goes_to_another_file(pair: Pair, tmp_path: Path) -> None:
    first, _second = await versions(pair)
    output = tmp_path / "out"
    await pair.mine.repository.restore(b"note.txt", first, output)
    assert output.read_bytes() == b"first\n"
    assert pair.mine.files()[b"note.txt"] == b"second\n"
    with pytest.raises(RepositoryFailedError):
        await pair.mine.repository.restore(b"note.txt", first, output)


@pytest.mark.needs("restore")
async def test_a_deleted_file_is_brought_back(pair: Pair) -> None:
    _first, second = await versions(pair)
    pair.mine.path(b"note.txt").unlink()
    await pair.mine.commit()
    await pair.mine.repository.restore(b"note.txt", second, None)
    assert pair.mine.files()[b"note.txt"] == b"second\n"


@pytest.mark.needs("restore", "history")
async def test_a_version_is_found_under_the_name_that_the_file_had_then(pair: Pair) -> None:
    first, second = await versions(pair)
    pair.mine.path(b"note.txt").rename(pair.mine.path(b"renamed.txt"))
    assert await pair.mine.commit()
    pair.mine.write({b"renamed.txt": b"second\nthird\n"})
    assert await pair.mine.commit()
    assert len(await pair.mine.repository.history(b"renamed.txt", 10)) == 4
    restored = await pair.mine.repository.restore(b"renamed.txt", first, None)
    assert restored.commit == first
    assert pair.mine.files()[b"renamed.txt"] == b"first\n"
    assert b"note.txt" not in pair.mine.files()
    await pair.mine.repository.restore(b"renamed.txt", second, None)
    assert pair.mine.files()[b"renamed.txt"] == b"second\n"


@pytest.mark.needs("restore", "history")
async def test_what_a_folder_held_is_known_for_a_commit_and_for_a_moment(pair: Pair) -> None:
    pair.mine.write({b"box/one": b"1\n", b"box/deep/two": b"2\n"})
    made = await pair.mine.commit()
    assert made
    pair.mine.path(b"box/one").unlink()
    pair.mine.write({b"box/later": b"3\n"})
    last = await pair.mine.commit()
    assert last
    folder_at = pair.mine.repository.folder_at
    then = await folder_at(b"box", made.info.id)
    assert then
    assert (then.commit, set(then.files)) == (made.info.id, {b"box/one", b"box/deep/two"})
    now = await folder_at(b"box", last.info.time + 1)
    assert now
    assert set(now.files) == {b"box/deep/two", b"box/later"}
    for path, at in ((b"box/later", last.info.id), (b"no such", "HEAD"), (b"box", 1000.0)):
        assert await folder_at(path, at) is None


@pytest.mark.needs("restore")
async def test_an_edit_that_is_in_no_commit_is_kept_when_another_version_comes_back(
    pair: Pair,
) -> None:
    first, _second = await versions(pair)
    pair.mine.write({b"note.txt": b"unsaved thoughts\n"})
    restored = await pair.mine.repository.restore(b"note.txt", first, None)
    assert pair.mine.files()[b"note.txt"] == b"first\n"
    assert restored.kept is not None


@pytest.mark.needs("restore")
async def test_what_never_was_is_refused(pair: Pair) -> None:
    first, _second = await versions(pair)
    for path, at in ((b"no such", first), (b"note.txt", "no-such-revision"), (b"note.txt", 1000.0)):
        with pytest.raises(RepositoryFailedError):
            await pair.mine.repository.restore(path, at, None)


@pytest.mark.needs("not history")
async def test_where_there_is_no_history_it_says_so(pair: Pair) -> None:
    with pytest.raises(RepositoryFailedError):
        await pair.mine.repository.history(None, 10)
