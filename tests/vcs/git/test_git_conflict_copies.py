"""Conflict copies are found, explained and counted as long as the user has not settled them."""

import os
from pathlib import Path

from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, must_commit, opened, write

THEIRS = "theirs\n\nAutosync-Host: desktop\nAutosync-Id: fedcba9876543210"
MINE = "mine\n\nAutosync-Host: laptop\nAutosync-Id: 0123456789abcdef"


async def in_conflict(trio: Trio, mine: str = "mine\n") -> tuple[GitRepository, dict[str, str]]:
    """Both sides changed `a`; returns the merged repository, and each version's commit."""
    commits = {"theirs\n": commit_by_hand(trio.theirs, THEIRS, a="theirs\n")}
    git(trio.theirs, "push", "-q")
    commits[mine] = commit_by_hand(trio.mine, MINE, a=mine)
    repository = await opened(trio.mine)
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)
    return repository, commits


async def test_a_copy_tells_whose_it_is_and_from_when(trio: Trio) -> None:
    repository, commits = await in_conflict(trio)
    (found,) = await repository.conflict_copies()
    content = (trio.mine / os.fsdecode(found.copy)).read_text()
    assert (found.path, found.differs, found.original_exists) == (b"a", True, True)
    assert found.info
    assert found.info.id == commits[content]
    assert found.host == {"theirs\n": "desktop", "mine\n": "laptop"}[content]
    assert await repository.count_conflict_copies() == 1


async def test_it_is_still_known_whose_it_is_when_the_user_edited_both(trio: Trio) -> None:
    repository, commits = await in_conflict(trio)
    (before,) = await repository.conflict_copies()
    write(trio.mine, **{os.fsdecode(before.copy): "edited\n", "a": "also\n"})
    await must_commit(repository)
    (after,) = await repository.conflict_copies()
    assert after == before
    assert after.info
    assert after.info.id in commits.values()


async def test_a_copy_that_became_the_same_says_so(trio: Trio) -> None:
    repository, _ = await in_conflict(trio)
    (found,) = await repository.conflict_copies()
    (trio.mine / "a").write_bytes((trio.mine / os.fsdecode(found.copy)).read_bytes())
    await must_commit(repository)
    (found,) = await repository.conflict_copies()
    assert not found.differs


async def test_a_copy_without_its_original_says_so(trio: Trio) -> None:
    repository, _ = await in_conflict(trio)
    (trio.mine / "a").unlink()
    await must_commit(repository)
    (found,) = await repository.conflict_copies()
    assert (found.original_exists, found.differs) == (False, True)


async def test_a_deleted_copy_is_settled_at_once(trio: Trio) -> None:
    repository, _ = await in_conflict(trio)
    (found,) = await repository.conflict_copies()
    (trio.mine / os.fsdecode(found.copy)).unlink()
    assert await repository.conflict_copies() == ()
    assert await repository.count_conflict_copies() == 0


async def test_names_that_only_look_alike_and_files_elsewhere_do_not_count(tree: Path) -> None:
    write(
        tree,
        **{
            "notes.conflict-resolution.txt": "1",
            ".conflict-0123456789ab": "2",
            "sub__x.conflict-0123456789ab.txt": "3",
            "y.conflict-01234567.txt": "4",
        },
    )
    (tree / "untracked.conflict-01234567").write_text("not yet")
    git(tree, "add", "-A")
    git(tree, "rm", "-q", "--cached", "untracked.conflict-01234567")
    git(tree, "commit", "-q", "-m", "names")
    found = await (await opened(tree)).conflict_copies()
    assert [one.copy for one in found] == [
        b"sub/x.conflict-0123456789ab.txt",
        b"y.conflict-01234567.txt",
    ]
    assert [(one.info, one.host, one.original_exists) for one in found] == [(None, None, False)] * 2
    below = await opened(tree / "sub")
    assert await below.count_conflict_copies() == 1
