"""Bringing both sides together, and the working tree to the result."""

from pathlib import Path

import pytest

from autosyncd.errors import EditedError, RetryError
from autosyncd.vcs.base import Relation
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit_by_hand,
    content,
    git,
    head,
    make,
    must_commit,
    opened,
    status,
    text,
    tracked,
    write,
)


def diverged(trio: Trio) -> None:
    commit_by_hand(trio.theirs, theirs="t")
    git(trio.theirs, "push", "-q")
    commit_by_hand(trio.mine, mine="m")


async def test_both_machines_make_the_identical_merge(trio: Trio) -> None:
    diverged(trio)
    git(trio.mine, "config", "user.name", "Somebody Else")
    git(trio.mine, "config", "merge.conflictStyle", "diff3")
    (trio.mine / ".git" / "info").mkdir(exist_ok=True)
    (trio.mine / ".git" / "info" / "attributes").write_text("* merge=union\n")
    mine, theirs = await opened(trio.mine), await opened(trio.theirs)
    await mine.fetch()
    one = await mine.merge()
    git(trio.remote, "fetch", "-q", trio.mine, "+main:main")
    git(trio.theirs, "fetch", "-q")
    git(trio.theirs, "update-ref", "refs/autosync/seen/origin/main", "refs/remotes/origin/main")
    two = await theirs.merge()
    assert one == two
    assert one.target
    assert head(trio.mine, f"{one.target}^2") > head(trio.mine, f"{one.target}^1")
    assert status(trio.mine) == ""


async def test_a_merge_touches_nothing_but_the_object_database(trio: Trio) -> None:
    diverged(trio)
    repository = await opened(trio.mine)
    await repository.fetch()
    before = head(trio.mine)
    merge = await repository.merge()
    assert merge.target
    assert (head(trio.mine), tracked(trio.mine, merge.target)) == (
        before,
        {b"a", b"sub/b", b"mine", b"theirs"},
    )
    git(trio.mine, "gc", "-q", "--prune=now")
    assert text(trio.mine, "cat-file", "-t", merge.target) == "commit"


async def test_a_conflict_names_its_paths_and_leaves_both_sides(trio: Trio) -> None:
    commit_by_hand(trio.theirs, a="theirs\n", sub__b="same\n")
    git(trio.theirs, "push", "-q")
    commit_by_hand(trio.mine, a="mine\n", sub__b="same\n")
    repository = await opened(trio.mine, on_conflict="stop")
    await repository.fetch()
    merge = await repository.merge()
    assert (merge.target, merge.stopped) == (None, (b"a",))
    assert ((trio.mine / "a").read_text(), status(trio.mine)) == ("mine\n", "")
    assert not (trio.mine / ".git" / "MERGE_HEAD").exists()


async def test_without_two_sides_the_one_that_has_all_is_the_result(trio: Trio) -> None:
    repository = await opened(trio.mine)
    assert (await repository.merge()).target == head(trio.mine)
    mine = commit_by_hand(trio.mine, mine="m")
    assert (await repository.merge()).target == mine
    git(trio.mine, "reset", "-q", "--hard", "HEAD^")
    commit_by_hand(trio.theirs, theirs="t")
    git(trio.theirs, "push", "-q")
    await repository.fetch()
    assert (await repository.merge()).target == head(trio.theirs)


async def test_the_tree_moves_to_the_merge_and_all_is_in_step(trio: Trio) -> None:
    diverged(trio)
    repository = await opened(trio.mine)
    await repository.fetch()
    target = (await repository.merge()).target
    assert target
    assert await repository.push(target) == 2
    assert await repository.move(target) == 1
    assert (head(trio.mine), status(trio.mine)) == (target, "")
    assert (await repository.inspect()).relation is Relation.SAME
    assert text(trio.mine, "for-each-ref", "refs/autosync/pending") == ""
    assert await repository.move(target) == 0
    assert await repository.move(head(trio.mine, "HEAD^")) == 0


async def incoming(trio: Trio, **files: str) -> str:
    commit_by_hand(trio.theirs, **files)
    git(trio.theirs, "push", "-q")
    return head(trio.theirs)


async def test_local_changes_in_the_way_are_kept_and_stop_the_move(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, a="theirs\n", other="x")
    await repository.fetch()
    write(trio.mine, a="edited\n")
    with pytest.raises(EditedError) as caught:
        await repository.move(target)
    assert caught.value.paths == {b"a"}
    assert ((trio.mine / "a").read_text(), head(trio.mine)) == (
        "edited\n",
        head(trio.mine, "origin/main^"),
    )


@pytest.mark.parametrize("autostash", ["true", "false"])
async def test_local_changes_elsewhere_are_kept(trio: Trio, autostash: str) -> None:
    git(trio.mine, "config", "merge.autoStash", autostash)
    repository = await opened(trio.mine)
    target = await incoming(trio, a="theirs\n")
    await repository.fetch()
    write(trio.mine, sub__b="edited\n", new="n")
    untouched = (trio.mine / "sub" / "b").stat()
    assert await repository.move(target) == 1
    assert (trio.mine / "sub" / "b").read_text() == "edited\n"
    assert (trio.mine / "sub" / "b").stat().st_ctime_ns == untouched.st_ctime_ns
    assert head(trio.mine) == target
    await must_commit(repository)
    assert (content(trio.mine, "a"), content(trio.mine, "sub/b")) == (b"theirs\n", b"edited\n")


async def test_a_new_file_in_the_way_is_kept(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, new="theirs\n")
    await repository.fetch()
    write(trio.mine, new="mine\n")
    with pytest.raises(RetryError):
        await repository.move(target)
    assert (trio.mine / "new").read_text() == "mine\n"


async def test_an_ignored_file_in_the_way_is_moved_aside_and_kept(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, new="theirs\n")
    await repository.fetch()
    (trio.mine / ".git" / "info").mkdir(exist_ok=True)
    (trio.mine / ".git" / "info" / "exclude").write_text("new\n")
    write(trio.mine, new="precious\n")
    for _ in range(10):
        try:
            await repository.move(target)
        except RetryError:
            assert (trio.mine / "new").exists() or list(trio.mine.glob("new.local-*"))
    assert (trio.mine / "new").read_text() == "theirs\n"
    aside = [file.read_text() for file in trio.mine.glob("new.local-*")]
    assert (aside, head(trio.mine)) == (["precious\n"], target)


async def test_an_unborn_branch_takes_what_the_remote_has(trio: Trio, tmp_path: Path) -> None:
    fresh = make(tmp_path / "fresh")
    git(fresh, "remote", "add", "origin", trio.remote)
    repository = await opened(fresh)
    await repository.fetch()
    assert (await repository.inspect()).relation is Relation.BEHIND
    target = (await repository.merge()).target
    assert target
    assert await repository.move(target) == 2
    assert (head(fresh), status(fresh), (fresh / "a").read_text()) == (target, "", "one\n")


@pytest.mark.parametrize("name", ["a", "sub"])
async def test_on_an_unborn_branch_nothing_in_the_way_is_overwritten(
    trio: Trio, tmp_path: Path, name: str
) -> None:
    fresh = make(tmp_path / "fresh")
    git(fresh, "remote", "add", "origin", trio.remote)
    repository = await opened(fresh)
    await repository.fetch()
    write(fresh, **{name: "mine"})
    with pytest.raises(RetryError):
        await repository.move(head(trio.remote, "main"))
    assert (fresh / name).read_text() == "mine"


async def test_a_lock_stops_the_move_and_stays(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, new="theirs\n")
    await repository.fetch()
    lock = trio.mine / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(RetryError, match=r"index\.lock"):
        await repository.move(target)
    assert lock.exists()


async def test_a_branch_that_went_its_own_way_is_not_moved(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, new="theirs\n")
    await repository.fetch()
    mine = commit_by_hand(trio.mine, mine="m")
    with pytest.raises(RetryError, match="moved meanwhile"):
        await repository.move(target)
    assert head(trio.mine) == mine


async def test_what_an_unfinished_move_has_placed_gives_way_to_a_newer_version(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, a="theirs\n", new="first\n")
    await repository.fetch()
    write(trio.mine, a="mine\n")
    with pytest.raises(EditedError):
        await repository.move(target)
    assert (trio.mine / "new").read_text() == "first\n", "the move is half done"
    target = await incoming(trio, new="second\n")
    await must_commit(repository, b"a")
    for _ in range(4):
        await repository.fetch()
        merge = await repository.merge()
        assert merge.target
        try:
            await repository.move(merge.target)
        except EditedError as error:
            await must_commit(repository, *error.paths)
        else:
            break
    assert (trio.mine / "new").read_text() == "second\n"
    assert {path.name for path in trio.mine.glob("new*")} == {"new"}
    assert status(trio.mine) == ""


async def test_a_path_is_ours_only_until_somebody_changes_it(trio: Trio) -> None:
    repository = await opened(trio.mine)
    git(trio.theirs, "rm", "-q", "a")
    target = await incoming(trio, new="n\n")
    await repository.fetch()
    await repository.move(target)
    assert repository.ours(b"a")
    assert repository.ours(b"new")
    write(trio.mine, a="mine again\n")
    assert not repository.ours(b"a")
    (trio.mine / "a").unlink()
    assert not repository.ours(b"a"), "this deletion is the user's"


async def test_a_switch_of_branches_meanwhile_moves_and_pushes_nothing(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, new="n\n")
    await repository.fetch()
    git(trio.mine, "switch", "-q", "-c", "feature")
    before = head(trio.mine)
    with pytest.raises(RetryError, match="feature is checked out"):
        await repository.move(target, "main")
    with pytest.raises(RetryError, match="feature is checked out"):
        await repository.push(before, "main")
    assert head(trio.mine) == before
    assert text(trio.remote, "branch", "--list", "feature") == ""


async def test_the_user_s_own_merge_that_has_just_begun_stops_the_move(trio: Trio) -> None:
    repository = await opened(trio.mine)
    target = await incoming(trio, new="n\n")
    await repository.fetch()
    (trio.mine / ".git" / "MERGE_HEAD").write_text(head(trio.mine) + "\n")
    with pytest.raises(RetryError):
        await repository.move(target, "main")
    assert not (trio.mine / "new").exists()
