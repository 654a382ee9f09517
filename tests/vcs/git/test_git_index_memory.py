"""What is remembered of the index from one commit or pull to the next, and what ends that."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.git import index_memory
from autosyncd.vcs.git.ignore_rules import IgnoreRules
from autosyncd.vcs.git.porcelain import STATUS
from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.tree.entry import Difference
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit_by_hand,
    content,
    git,
    head,
    must_commit,
    opened,
    saying,
    settled,
    status,
    text,
    tracked,
    write,
)


async def known(tree: Path) -> GitRepository:
    """An opened repository whose index is the engine's own."""
    repository = await opened(tree)
    write(tree, a="mine\n")
    await must_commit(repository, b"a")
    git(tree, "push", "-q")
    await repository.fetch()
    return repository


async def pull(repository: GitRepository, theirs: Path, **files: str) -> str:
    git(theirs, "pull", "-q")
    new = commit_by_hand(theirs, **files)
    git(theirs, "push", "-q")
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)
    return new


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands by which git looks at the tree or the index as a whole."""
    seen: list[str] = []
    from autosyncd.vcs.git.command import Git

    run = Git.run

    async def noted(self: Git, *arguments: str | bytes, **options: object) -> object:
        if arguments[0] in (STATUS[0], "diff-index", "ls-files"):
            seen.append(str(arguments[0]))
        return await run(self, *arguments, **options)  # type: ignore[arg-type]  # passed on as it is

    monkeypatch.setattr(Git, "run", noted)
    return seen


async def test_after_a_pull_the_next_save_needs_no_look_at_everything(
    trio: Trio, statuses: list[str]
) -> None:
    repository = await known(trio.mine)
    await pull(repository, trio.theirs, a="theirs\n", new="1\n")
    statuses.clear()
    write(trio.mine, a="mine again\n", new="2\n")
    await must_commit(repository, b"a", b"new")
    await repository.inspect()
    assert statuses == []
    assert (content(trio.mine, "a"), content(trio.mine, "new")) == (b"mine again\n", b"2\n")
    assert status(trio.mine) == ""


async def test_files_that_came_in_are_known_to_git_without_reading_them(trio: Trio) -> None:
    repository = await known(trio.mine)
    many = {f"n{number}": "x\n" for number in range(120)}
    await pull(repository, trio.theirs, a="theirs\n", odd___name="*?[\n")
    assert text(trio.mine, "diff-files", "--name-only") == ""
    await pull(repository, trio.theirs, **many)
    assert text(trio.mine, "diff-files", "--name-only") == ""


async def test_what_the_user_stages_before_a_pull_stays_staged(trio: Trio) -> None:
    repository = await known(trio.mine)
    write(trio.mine, mine="staged\n")
    git(trio.mine, "add", "mine")
    await pull(repository, trio.theirs, a="theirs\n")
    write(trio.mine, a="mine again\n", mine="not staged\n")
    await must_commit(repository, b"a")
    assert b"mine" not in tracked(trio.mine)
    assert git(trio.mine, "show", ":mine") == b"staged\n"


async def test_what_the_user_stages_after_a_pull_is_seen(trio: Trio) -> None:
    repository = await known(trio.mine)
    await pull(repository, trio.theirs, b="theirs\n")
    write(trio.mine, a="staged\n")
    git(trio.mine, "add", "a")
    git(trio.mine, "rm", "-q", "--cached", "b")
    write(trio.mine, b="untracked now\n")
    await must_commit(repository, b"b", b"a")
    assert content(trio.mine, "a") == b"staged\n"


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
async def test_a_path_that_git_is_to_leave_alone_is_left_alone_after_a_pull(
    trio: Trio, flag: str
) -> None:
    repository = await known(trio.mine)
    git(trio.mine, "update-index", flag, "a")
    await pull(repository, trio.theirs, b="theirs\n")
    write(trio.mine, a="private\n", b="mine\n")
    await must_commit(repository, b"a", b"b")
    assert (content(trio.mine, "a"), content(trio.mine, "b")) == (b"mine\n", b"mine\n")
    await pull(repository, trio.theirs, c="theirs\n")
    assert (trio.mine / "a").read_text() == "private\n"


async def test_a_file_that_a_pull_removed_is_no_tracked_file_any_more(trio: Trio) -> None:
    repository = await known(trio.mine)
    git(trio.theirs, "pull", "-q")
    git(trio.theirs, "rm", "-q", "a")
    await pull(repository, trio.theirs, b="theirs\n")
    write(trio.mine, a="a new one\n")
    made = await must_commit(repository, b"a")
    assert [change.kind.value for change in made.changes] == ["added"]
    assert content(trio.mine, "a") == b"a new one\n"


async def test_a_reset_of_the_users_is_no_reason_to_believe_the_old_index(trio: Trio) -> None:
    """A soft reset moves the branch alone: the index is not what its commit has."""
    repository = await known(trio.mine)
    write(trio.mine, a="second\n")
    await must_commit(repository, b"a")
    git(trio.mine, "reset", "-q", "--soft", "HEAD~1")
    write(trio.mine, a="mine\n", sub__b="new\n")
    await must_commit(repository, b"a", b"sub/b")
    write(trio.mine, a="third\n")
    await must_commit(repository, b"a")
    assert status(trio.mine) == ""
    assert content(trio.mine, "a") == b"third\n"


async def test_the_commit_that_the_index_is_equal_to_may_be_gone(trio: Trio) -> None:
    """An amended message leaves the index as it is; a gc may take the commit it was made for."""
    repository = await opened(trio.mine)
    write(trio.mine, a="mine\n")
    await must_commit(repository, b"a")
    before, index = head(trio.mine), (trio.mine / ".git/index").stat().st_mtime_ns
    git(trio.mine, "commit", "-q", "--amend", "-m", "other words")
    git(trio.mine, "reflog", "expire", "--expire=now", "--all")
    git(trio.mine, "gc", "-q", "--prune=now")
    assert (trio.mine / ".git/index").stat().st_mtime_ns == index
    assert git(trio.mine, "cat-file", "-t", before, check=False) == b""
    write(trio.mine, sub__b="second\n")
    await must_commit(repository, b"sub/b")
    assert content(trio.mine, "sub/b") == b"second\n"


async def test_an_index_that_somebody_wrote_right_after_a_pull_is_not_taken_for_ours(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout writes the index a moment before HEAD: a commit in between would put one
    branch's files on the other."""
    repository = await known(trio.mine)
    git(trio.mine, "branch", "other")
    came_in = IgnoreRules.came_in

    async def and_a_checkout_begins(self: IgnoreRules, changes: Iterable[Difference]) -> None:
        await came_in(self, changes)
        git(trio.mine, "read-tree", "other")

    monkeypatch.setattr(IgnoreRules, "came_in", and_a_checkout_begins)
    monkeypatch.setattr(index_memory, "GIT_QUIET", 600.0)
    new = await pull(repository, trio.theirs, b="theirs\n")
    write(trio.mine, a="again\n")
    look = await settled(repository, b"a")
    with pytest.raises(RetryError, match="a moment ago"):
        await repository.commit(look, saying("x"))
    assert head(trio.mine) == new


async def test_conflict_copies_are_counted_right_whatever_comes_in(trio: Trio) -> None:
    repository = await known(trio.mine)
    copies = {"a.conflict-0123abcd", "b.conflict-0123abcd"}
    assert await repository.count_conflict_copies() == 0
    before = head(trio.mine)
    await pull(repository, trio.theirs, b="1\n")
    assert await repository.count_conflict_copies() == 0
    middle = head(trio.mine)
    for name in sorted(copies):
        (trio.theirs / name).write_text("x\n")
    await pull(repository, trio.theirs, b="2\n")
    assert await repository.count_conflict_copies() == 2
    for old in (before, middle):
        found = await repository.settled_between(old, head(trio.mine))
        assert {one.copy for one in found} == {name.encode() for name in copies}
    write(trio.mine, b="3\n")
    await must_commit(repository, b"b")
    assert await repository.count_conflict_copies() == 2
    (trio.mine / "a.conflict-0123abcd").unlink()
    await must_commit(repository, b"a.conflict-0123abcd")
    assert await repository.count_conflict_copies() == 1
