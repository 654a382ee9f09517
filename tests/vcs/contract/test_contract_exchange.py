"""What every backend promises of two working copies and what they share."""

import asyncio
import shutil
from pathlib import Path

import pytest

from autosyncd.core.plan import Relation
from autosyncd.errors import EditedError, OfflineError, RejectedError, RetryError
from autosyncd.vcs.merging.conflict_names import original_of
from tests.vcs.contract.conftest import FIRST, Pair, _made
from tests.vcs.contract.copies import Copy, StoppedError, open_copy
from tests.vcs.contract.subject import Subject


def marked(files: dict[bytes, bytes]) -> list[bytes]:
    """The files with conflict markers in them."""
    markers = (b"<<<<<<<", b">>>>>>>", b"\n=======\n", b"|||||||")
    return [path for path, content in files.items() if any(m in content for m in markers)]


@pytest.mark.core
async def test_changes_of_different_files_are_on_both_sides(pair: Pair) -> None:
    pair.mine.write({b"mine": b"m\n", b"a.txt": b"changed here\n"})
    pair.theirs.write({b"theirs": b"t\n"})
    pair.theirs.path(b"sub/b.txt").unlink()
    await pair.agree()
    assert pair.mine.files() == {
        b"a.txt": b"changed here\n",
        b"mine": b"m\n",
        b"theirs": b"t\n",
    }


@pytest.mark.needs("lines")
async def test_changes_of_different_lines_are_merged(pair: Pair) -> None:
    lines = [b"line %d\n" % number for number in range(30)]
    pair.mine.write({b"lines": b"".join(lines)})
    await pair.agree()
    pair.mine.write({b"lines": b"".join([b"first\n", *lines[1:]])})
    pair.theirs.write({b"lines": b"".join([*lines[:-1], b"last\n"])})
    await pair.agree()
    assert pair.mine.files()[b"lines"] == b"".join([b"first\n", *lines[1:-1], b"last\n"])


@pytest.mark.needs("programs")
async def test_a_new_mode_here_and_new_lines_there_are_merged(pair: Pair) -> None:
    pair.mine.path(b"a.txt").chmod(0o755)
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    await pair.agree()
    for copy in (pair.mine, pair.theirs):
        assert copy.files() == {**FIRST, b"a.txt": b"theirs\n"}
        assert copy.path(b"a.txt").stat().st_mode & 0o100


@pytest.mark.needs("not not_utf8")
async def test_names_that_are_no_text_are_held_alone_and_all_else_travels(pair: Pair) -> None:
    odd = {b"l-\xe9": b"1", b"sub/l-\xe9": b"2", b"new/l-\xe9": b"3", b"di-\xe9/x": b"4"}
    pair.mine.write({**FIRST, **odd, b"new/deep/fine": b"f\n", b"new/fine": b"f\n"})
    pair.mine.write({b"a.txt": b"changed here\n", b"sub/fine": b"f\n"})
    assert {left.path for left in (await pair.mine.settled()).left_out} == odd.keys()
    await pair.mine.sync()
    await pair.theirs.sync()
    fine = {b"new/deep/fine": b"f\n", b"new/fine": b"f\n", b"sub/fine": b"f\n"}
    assert pair.theirs.files() == {**FIRST, **fine, b"a.txt": b"changed here\n"}
    pair.theirs.write({b"a.txt": b"theirs\n", b"sub/theirs": b"t\n", b"sub/more/x": b"x\n"})
    pair.theirs.path(b"sub/fine").unlink()
    pair.mine.path(b"new/fine").unlink()
    pair.mine.write({b"sub/b.txt": b"mine\n", b"sub/mine": b"m\n"})
    await pair.theirs.sync()
    await pair.mine.sync()
    await pair.theirs.sync()
    files = pair.theirs.files()
    assert pair.mine.files() == {**files, **odd}
    assert (files[b"a.txt"], files[b"sub/b.txt"]) == (b"theirs\n", b"mine\n")
    assert files.keys() == {*FIRST, *fine, b"sub/theirs", b"sub/more/x", b"sub/mine"} - {
        b"sub/fine",
        b"new/fine",
    }


@pytest.mark.needs("in_store")
async def test_a_merge_touches_no_file_and_a_move_all_of_them(pair: Pair) -> None:
    pair.theirs.write({b"a.txt": b"theirs\n", b"new": b"n\n"})
    await pair.theirs.sync()
    pair.mine.write({b"mine": b"m\n"})
    await pair.mine.commit()
    before = pair.mine.files()
    await pair.mine.repository.fetch()
    standing = await pair.mine.repository.inspect()
    assert (standing.relation, standing.ahead, standing.behind) == (Relation.DIVERGED, 1, 1)
    merge = await pair.mine.repository.merge()
    assert merge.target is not None
    assert (pair.mine.files(), merge.settled, merge.stopped) == (before, (), ())
    assert (await pair.mine.repository.inspect()).head == standing.head
    assert await pair.mine.repository.push(merge.target) >= 1
    assert await pair.mine.repository.move(merge.target) == 2
    after = await pair.mine.repository.inspect()
    assert (after.head, after.relation, after.tip) == (merge.target, Relation.SAME, merge.target)
    assert pair.mine.repository.ours(b"new") in (True, False)
    assert await pair.mine.repository.move(merge.target) == 0


@pytest.mark.needs("same_merge")
async def test_two_machines_make_the_identical_merge(
    subject: Subject, pair: Pair, tmp_path: Path
) -> None:
    """Each of them from its own end, in two worlds of which the other one knows nothing."""
    pair.theirs.write({b"a.txt": b"theirs\n", b"clean": b"t\n"})
    pair.mine.write({b"a.txt": b"mine\n", b"other": b"m\n"})
    for copy in (pair.mine, pair.theirs):
        await copy.commit()
    server = tmp_path / "server"
    for name in ("server", "mine", "theirs"):
        shutil.copytree(tmp_path / name, tmp_path / f"{name}-2", symlinks=True)
    one = await merged_after_the_push_of(pair.mine, pair.theirs)
    server.rename(tmp_path / "server-1")
    (tmp_path / "server-2").rename(server)
    mine, theirs = [await open_copy(subject, tmp_path / f"{n}-2") for n in ("mine", "theirs")]
    assert await merged_after_the_push_of(theirs, mine) == one


async def merged_after_the_push_of(first: Copy, second: Copy) -> str | None:
    head = (await first.repository.inspect()).head
    assert head
    await first.repository.fetch()
    await first.repository.push(head)
    await second.repository.fetch()
    merge = await second.repository.merge()
    assert merge == await second.repository.merge()
    return merge.target


@pytest.mark.core
@pytest.mark.needs("keep_both")
async def test_both_versions_of_a_conflict_are_kept(pair: Pair) -> None:
    pair.mine.write({b"a.txt": b"mine\n", b"add.tar.gz": b"mine"})
    pair.theirs.write({b"a.txt": b"theirs\n", b"add.tar.gz": b"theirs"})
    await pair.mine.sync()
    await pair.theirs.commit()
    await pair.theirs.repository.fetch()
    merge = await pair.theirs.repository.merge()
    assert {settled.path for settled in merge.settled} == {b"a.txt", b"add.tar.gz"}
    await pair.agree()
    files = pair.mine.files()
    assert not marked(files)
    copies = {path for path in files if original_of(path)}
    assert copies == {settled.copy for settled in merge.settled}
    assert {files[p] for p in files if p.startswith(b"a.")} == {b"mine\n", b"theirs\n"}
    assert {files[p] for p in files if p.startswith(b"add.")} == {b"mine", b"theirs"}
    assert await pair.mine.repository.count_conflict_copies() == 2
    found = await pair.theirs.repository.conflict_copies()
    assert {(copy.path, copy.copy) for copy in found} == {
        (settled.path, settled.copy) for settled in merge.settled
    }
    assert all(copy.original_exists and copy.differs for copy in found)


@pytest.mark.needs("keep_both")
async def test_a_change_survives_the_deletion_of_the_other_side(pair: Pair) -> None:
    pair.mine.path(b"a.txt").unlink()
    pair.theirs.write({b"a.txt": b"changed\n"})
    await pair.mine.sync()
    await pair.agree()
    assert pair.mine.files()[b"a.txt"] == b"changed\n"


@pytest.mark.needs("keep_both")
async def test_a_change_survives_the_deletion_of_the_folder_around_it(pair: Pair) -> None:
    shutil.rmtree(pair.theirs.path(b"sub"))
    await pair.theirs.sync()
    pair.mine.write({b"sub/b.txt": b"changed\n"})
    await pair.agree()
    assert pair.theirs.files() == {**FIRST, b"sub/b.txt": b"changed\n"}


@pytest.mark.needs("keep_both")
async def test_a_file_and_a_folder_of_one_name_are_both_kept(pair: Pair) -> None:
    pair.mine.write({b"thing": b"a file\n"})
    pair.theirs.write({b"thing/inside": b"in a folder\n"})
    await pair.mine.sync()
    await pair.agree()
    files = pair.mine.files()
    assert files[b"thing/inside"] == b"in a folder\n"
    assert [files[p] for p in files if p.startswith(b"thing.conflict-")] == [b"a file\n"]


async def test_a_conflict_that_is_not_to_be_settled_leaves_both_sides(
    subject: Subject, pair: Pair
) -> None:
    mine = await open_copy(subject, pair.mine.root, on_conflict="stop")
    mine.write({b"a.txt": b"mine\n"})
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    with pytest.raises((StoppedError, Exception)) as caught:
        await mine.sync()
    if isinstance(caught.value, StoppedError):
        assert caught.value.paths == (b"a.txt",)
    assert mine.files() == {**FIRST, b"a.txt": b"mine\n"}
    assert pair.theirs.files() == {**FIRST, b"a.txt": b"theirs\n"}
    assert subject.unfinished(mine.root) == "" or not subject.can.keep_both


@pytest.mark.needs("fetches")
async def test_an_edit_meets_what_comes_in_and_stays(pair: Pair) -> None:
    """Somebody edits between the look and the move."""
    pair.theirs.write({b"a.txt": b"theirs\n", b"new": b"theirs\n", b"other": b"o\n"})
    await pair.theirs.sync()
    await pair.mine.repository.fetch()
    standing = await pair.mine.repository.inspect()
    assert standing.relation is Relation.BEHIND
    merge = await pair.mine.repository.merge()
    assert merge.target
    pair.mine.write({b"a.txt": b"mine, in between\n", b"new": b"mine too\n"})
    with pytest.raises(RetryError) as caught:
        await pair.mine.repository.move(merge.target)
    if isinstance(caught.value, EditedError):
        assert caught.value.paths <= {b"a.txt", b"new"}
    assert pair.mine.files()[b"a.txt"] == b"mine, in between\n"
    assert pair.mine.files()[b"new"] == b"mine too\n"
    if pair.mine.subject.can.keep_both:
        await pair.agree()
        contents = set(pair.mine.files().values())
        assert {b"mine, in between\n", b"mine too\n", b"theirs\n"} <= contents


@pytest.mark.needs("aside", "ignores")
async def test_what_is_ignored_is_moved_aside_for_what_comes_in(
    subject: Subject, pair: Pair
) -> None:
    subject.ignore(pair.mine.root, "private")
    pair.mine.write({b"private": b"my own\n"})
    pair.theirs.write({b"private": b"theirs\n"})
    await pair.theirs.sync()
    await pair.mine.sync()
    files = pair.mine.files()
    assert files[b"private"] == b"theirs\n"
    assert files[b"private.local-testhost"] == b"my own\n"
    await pair.theirs.sync()
    assert b"private.local-testhost" not in pair.theirs.files()


async def test_a_push_that_comes_too_late_is_rejected_and_both_are_kept(pair: Pair) -> None:
    for copy, name in ((pair.mine, b"mine"), (pair.theirs, b"theirs")):
        copy.write({name: name})
        if copy.subject.can.fetches:
            await copy.repository.fetch()
    if pair.mine.subject.can.offline:
        await pair.mine.commit()
        await pair.theirs.commit()
        head = (await pair.mine.repository.inspect()).head
        assert head
        await pair.mine.repository.push(head)
        late = (await pair.theirs.repository.inspect()).head
        assert late
        with pytest.raises(RejectedError):
            await pair.theirs.repository.push(late)
    await pair.agree()
    assert pair.mine.files().keys() == FIRST.keys() | {b"mine", b"theirs"}


@pytest.mark.needs("offline")
async def test_without_the_remote_commits_go_on(subject: Subject, pair: Pair) -> None:
    subject.unplug(pair.address)
    pair.mine.write({b"offline": b"o\n"})
    assert await pair.mine.commit() is not None
    standing = await pair.mine.repository.inspect()
    assert (standing.obstacle, standing.relation) == (None, Relation.AHEAD)
    assert standing.head
    with pytest.raises(OfflineError):
        await pair.mine.repository.fetch()
    with pytest.raises(OfflineError):
        await pair.mine.repository.push(standing.head)


@pytest.mark.needs("fetches")
async def test_an_absent_remote_is_offline_and_loses_nothing(subject: Subject, pair: Pair) -> None:
    subject.unplug(pair.address)
    pair.mine.write({b"offline": b"o\n"})
    with pytest.raises(OfflineError):
        await pair.mine.repository.fetch()
    assert pair.mine.files()[b"offline"] == b"o\n"


@pytest.mark.needs("unborn")
async def test_a_shared_repository_may_be_empty_at_first(subject: Subject, tmp_path: Path) -> None:
    address = subject.share(_made(tmp_path / "server"), {})
    copies = []
    for name in ("mine", "theirs"):
        subject.check_out(address, tmp_path / name)
        copies.append(await open_copy(subject, tmp_path / name))
    both = Pair(address, *copies)
    await both.agree()
    both.mine.write({b"first": b"f\n"})
    await both.agree()
    assert both.theirs.files() == {b"first": b"f\n"}


@pytest.mark.core
async def test_what_was_published_by_hand_comes_in(subject: Subject, pair: Pair) -> None:
    pair.theirs.write({b"by hand": b"h\n"})
    subject.publish(pair.theirs.root)
    await pair.mine.sync()
    assert pair.mine.files()[b"by hand"] == b"h\n"
    await pair.agree()


async def test_a_fetch_that_is_broken_off_leaves_nothing_behind(pair: Pair) -> None:
    pair.theirs.write({b"new": b"n\n"})
    await pair.theirs.sync()
    fetch = asyncio.ensure_future(pair.mine.repository.fetch())
    await asyncio.sleep(0)
    fetch.cancel()
    await asyncio.wait({fetch})
    await pair.agree()
    assert pair.mine.files()[b"new"] == b"n\n"


async def test_many_rounds_from_both_sides_end_in_one_tree(pair: Pair) -> None:
    for number in range(2):
        pair.mine.write({b"mine/%d" % number: b"m%d\n" % number, b"both": b"m%d\n" % number})
        pair.theirs.write({b"theirs/%d" % number: b"t%d\n" % number})
        await pair.mine.sync()
        await pair.theirs.sync()
    await pair.agree()
    files = pair.mine.files()
    assert len(files) == len(FIRST) + 5
    assert not marked(files)
    assert not any(original_of(path) for path in files)
