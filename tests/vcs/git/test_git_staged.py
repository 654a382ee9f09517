"""What the user staged by hand stays theirs, or stays in history."""

from pathlib import Path

import pytest

from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.git.withheld import Withheld
from tests.vcs.git.git_world import (
    commit,
    content,
    git,
    head,
    kinds,
    must_commit,
    opened,
    settled,
    status,
    text,
    tracked,
    write,
)


async def impatient(tree: Path) -> GitRepository:
    """A repository in which the time to wait for the user's own commit is over."""
    repository = await opened(tree)
    repository._looker.withheld.staged_grace = 0.0
    return repository


async def test_staging_of_other_paths_survives_a_commit_untouched(tree: Path) -> None:
    write(tree, a="staged\n", new="n\n")
    git(tree, "add", "a", "new")
    git(tree, "rm", "-q", "--cached", "sub/b")
    staged = set(text(tree, "diff", "--cached", "--raw").split("\n"))
    write(tree, mine="m\n")
    made = await must_commit(await opened(tree), b"mine")
    assert kinds(made) == {b"mine": "added"}
    assert tracked(tree) == {b"a", b"sub/b", b"mine"}
    assert content(tree, "a") == b"one\n"
    assert set(text(tree, "diff", "--cached", "--raw").split("\n")) == staged


async def test_staging_outside_of_the_watched_folder_survives(tree: Path) -> None:
    write(tree, a="staged\n", sub__c="c")
    git(tree, "add", "a")
    await must_commit(await opened(tree / "sub"))
    assert (tracked(tree), status(tree)) == ({b"a", b"sub/b", b"sub/c"}, "M  a")


async def test_what_is_staged_as_it_is_on_disk_is_committed_with_the_rest(tree: Path) -> None:
    write(tree, a="staged\n", new="n")
    git(tree, "add", "a")
    assert kinds(await must_commit(await opened(tree))) == {b"a": "modified", b"new": "added"}
    assert status(tree) == ""


async def test_a_version_staged_by_hand_and_changed_after_that_waits_for_its_user(
    tree: Path,
) -> None:
    write(tree, a="staged\n")
    git(tree, "add", "a")
    write(tree, a="later\n", other="x")
    repository = await opened(tree)
    look = await settled(repository)
    assert [left.path for left in look.left_out] == [b"a"]
    assert "staged by hand" in look.left_out[0].why
    await must_commit(repository)
    assert (tracked(tree), content(tree, "a")) == ({b"a", b"sub/b", b"other"}, b"one\n")
    assert text(tree, "show", ":a") == "staged"
    git(tree, "commit", "-qm", "the user's own")
    assert kinds(await must_commit(repository, b"a")) == {b"a": "modified"}
    assert content(tree, "a", "HEAD^") == b"staged\n"


async def test_after_the_wait_both_versions_are_committed(tree: Path) -> None:
    write(tree, a="staged\n")
    git(tree, "add", "a")
    write(tree, a="later\n")
    before = head(tree)
    made = await must_commit(await impatient(tree))
    assert kinds(made) == {b"a": "modified"}
    assert [content(tree, "a", name) for name in ("HEAD", "HEAD^")] == [b"later\n", b"staged\n"]
    assert (head(tree, "HEAD^^"), status(tree)) == (before, "")


async def test_a_staged_version_whose_file_was_deleted_is_committed_before_the_deletion(
    tree: Path,
) -> None:
    write(tree, a="staged\n")
    git(tree, "add", "a")
    (tree / "a").unlink()
    await must_commit(await impatient(tree))
    assert (content(tree, "a", "HEAD^"), tracked(tree)) == (b"staged\n", {b"sub/b"})


async def test_a_staged_version_that_was_taken_back_on_disk_stays_in_history(tree: Path) -> None:
    write(tree, a="staged\n")
    git(tree, "add", "a")
    write(tree, a="one\n")
    repository = await impatient(tree)
    await must_commit(repository)
    assert [content(tree, "a", name) for name in ("HEAD", "HEAD^")] == [b"one\n", b"staged\n"]
    assert (status(tree), await commit(repository)) == ("", None)


async def test_a_path_whose_time_has_come_is_looked_at_whatever_was_asked(tree: Path) -> None:
    write(tree, a="staged\n")
    git(tree, "add", "a")
    write(tree, a="later\n")
    repository = await opened(tree)
    assert (await settled(repository)).changes == ()
    withheld = repository._looker.withheld
    withheld._staged = {path: (oid, 0.0) for path, (oid, _) in withheld._staged.items()}
    assert kinds(await settled(repository, b"sub")) == {b"a": "modified"}
    git(tree, "reset", "-q", "--hard")
    assert kinds(await settled(repository, b"sub")) == {}
    assert withheld.due(1e12) == frozenset()


async def test_a_file_taken_out_of_the_index_and_ignored_is_not_tracked_any_more(
    tree: Path,
) -> None:
    git(tree, "rm", "-q", "--cached", "a")
    write(tree, **{".gitignore": "a\n"})
    made = await must_commit(await opened(tree))
    assert kinds(made) == {b".gitignore": "added", b"a": "deleted"}
    assert (tree / "a").read_text() == "one\n"
    assert (tracked(tree), status(tree)) == ({b".gitignore", b"sub/b"}, "")


async def test_a_file_taken_out_of_the_index_that_nothing_ignores_comes_back(tree: Path) -> None:
    git(tree, "rm", "-q", "--cached", "a")
    write(tree, a="changed\n")
    await must_commit(await opened(tree))
    assert (content(tree, "a"), status(tree)) == (b"changed\n", "")


async def test_a_file_deleted_when_looked_at_and_back_since_then_is_looked_at_again(
    tree: Path,
) -> None:
    repository = await opened(tree)
    (tree / "a").unlink()
    write(tree, other="x")
    look = await settled(repository)
    write(tree, a="back\n")

    async def describe(_changes: object) -> str:
        return "m"

    made = await repository.commit(look, describe)
    assert made is not None
    assert (kinds(made), made.unstable) == ({b"other": "added"}, (b"a",))
    assert content(tree, "a") == b"one\n"


@pytest.mark.parametrize("kept", [True, False])
async def test_files_only_announced_to_git_are_committed(tree: Path, kept: bool) -> None:
    write(tree, new="n")
    git(tree, "add", "-N", "new")
    if kept:
        write(tree, other="x")
    await must_commit(await opened(tree), *([b"other"] if kept else [b"new"]))
    assert (b"new" in tracked(tree)) is not kept
    assert text(tree, "status", "--porcelain", "new") == (" A new" if kept else "")


def test_a_version_staged_anew_waits_anew() -> None:
    withheld = Withheld(staged_grace=10)
    assert withheld.wait_for_user(b"a", "one", 100) == 10
    assert withheld.wait_for_user(b"a", "one", 105) == 5
    assert withheld.wait_for_user(b"a", "two", 109) == 10
    assert (withheld.due(118), withheld.due(119)) == (frozenset(), frozenset({b"a"}))
