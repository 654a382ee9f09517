"""A commit gets the user's words, as long as nobody else has it."""

from pathlib import Path

import pytest

from autosyncd.errors import RepositoryFailedError, RetryError
from autosyncd.vcs.git import reword
from autosyncd.vcs.git.originals import write_commit
from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit,
    commit_by_hand,
    git,
    head,
    opened,
    sign_with_anything,
    status,
    text,
    write,
)

AUTOMATIC = (
    "docs: update a on testhost\n\nmodified: a\n\nAutosync-Host: testhost\nAutosync-Id: 01\n"
)


async def automatic(repository: GitRepository, **files: str) -> str:
    write(repository.root, **files)
    made = await commit(repository, message=AUTOMATIC)
    assert made
    return made.info.id


async def test_the_text_takes_the_place_of_the_subject(trio: Trio) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")
    before = text(trio.mine, "log", "-1", "--format=%an %ae %ad %cd %T %P")
    new = await repository.describe(old, "  Why it changed\nin two lines \n")
    assert head(trio.mine) == new != old
    assert text(trio.mine, "log", "-1", "--format=%B").strip() == (
        "Why it changed\nin two lines\n\nmodified: a\n\nAutosync-Host: testhost\nAutosync-Id: 01"
    )
    assert text(trio.mine, "log", "-1", "--format=%an %ae %ad %cd %T %P") == before
    assert status(trio.mine) == ""
    git(trio.mine, "fsck", "--strict")


async def test_commits_made_since_follow_and_what_was_there_stays_reachable(trio: Trio) -> None:
    repository = await opened(trio.mine)
    first = await automatic(repository, a="first\n")
    second = await automatic(repository, a="second\n")
    third = await automatic(repository, c="third\n")
    new = await repository.describe(second, "the one in the middle")
    assert text(trio.mine, "log", "-3", "--format=%s").split("\n") == [
        "docs: update a on testhost",
        "the one in the middle",
        "docs: update a on testhost",
    ]
    assert head(trio.mine, "HEAD~1") == new
    assert head(trio.mine, "HEAD~2") == first
    assert not text(trio.mine, "diff", "--name-only", third, "HEAD")
    assert third in text(
        trio.mine, "for-each-ref", "--format=%(objectname)", "refs/autosync/backup"
    )
    await repository.push(head(trio.mine))
    assert head(trio.remote) == head(trio.mine)


async def test_staged_and_edited_files_are_left_alone(trio: Trio) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")
    write(trio.mine, a="edited\n", staged="x\n")
    git(trio.mine, "add", "staged")
    before = status(trio.mine)
    await repository.describe(old, "why")
    assert status(trio.mine) == before


async def test_what_was_pushed_stays_as_it_is(trio: Trio) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")
    await repository.push(old)
    with pytest.raises(RepositoryFailedError, match="has been pushed"):
        await repository.describe(old, "too late")
    assert head(trio.mine) == old


async def test_a_commit_by_hand_is_its_authors(trio: Trio) -> None:
    theirs = commit_by_hand(trio.mine, a="new\n")
    repository = await opened(trio.mine)
    with pytest.raises(RepositoryFailedError, match="autosync did not make it"):
        await repository.describe(theirs, "not mine to say")
    assert head(trio.mine) == theirs


async def test_a_signature_on_it_or_after_it_is_not_lost(trio: Trio, tmp_path: Path) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")
    sign_with_anything(trio.mine, tmp_path)
    git(trio.mine, "commit", "-q", "-S", "--allow-empty", "-m", "signed by hand")
    signed = head(trio.mine)
    with pytest.raises(RepositoryFailedError, match=f"{signed[:12]}, which was made on it, is"):
        await repository.describe(old, "why")
    assert head(trio.mine) == signed
    git(trio.mine, "config", "commit.gpgSign", "true")
    await repository.describe(old, "why")
    assert b"\ngpgsig " in git(trio.mine, "cat-file", "commit", "HEAD")


async def test_a_commit_that_the_user_is_about_to_make_is_not_in_vain(trio: Trio) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")
    lock = trio.mine / ".git" / "index.lock"
    lock.write_bytes(b"")
    with pytest.raises(RetryError, match="git is at work"):
        await repository.describe(old, "why")
    lock.unlink()
    await repository.describe(old, "why")


@pytest.mark.parametrize("text", ["", " \n"])
async def test_no_text_is_refused(trio: Trio, text: str) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")
    with pytest.raises(RepositoryFailedError, match="the text is empty"):
        await repository.describe(old, text)
    assert head(trio.mine) == old


@pytest.mark.parametrize("commit", ["0" * 40, "--all", "HEAD"])
async def test_what_is_no_unpushed_commit_is_refused(trio: Trio, commit: str) -> None:
    repository = await opened(trio.mine)
    await automatic(repository, a="new\n")
    with pytest.raises(RepositoryFailedError, match="is not on this branch"):
        await repository.describe(commit, "why")


async def test_a_branch_that_moved_meanwhile_is_left_alone(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = await opened(trio.mine)
    old = await automatic(repository, a="new\n")

    async def write_late(*arguments: object, **options: object) -> str:
        made = await write_commit(*arguments, **options)  # type: ignore[arg-type]  # passed on
        commit_by_hand(trio.mine, a="by hand\n")
        return made

    monkeypatch.setattr("autosyncd.vcs.git.reword.write_commit", write_late)
    with pytest.raises(RetryError, match="moved meanwhile"):
        await repository.describe(old, "why")
    assert text(trio.mine, "log", "-1", "--format=%s") == "by hand"
    assert head(trio.mine, "HEAD~1") == old


async def test_without_a_remote_every_automatic_commit_can_be_described(tree: Path) -> None:
    repository = await opened(tree)
    old = await automatic(repository, a="new\n")
    await repository.describe(old, "why")
    assert text(tree, "log", "-1", "--format=%s") == "why"


async def test_one_on_which_very_many_were_made_keeps_its_words(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reword, "MOST", 2)
    repository = await opened(tree)
    made = [await automatic(repository, a=f"{number}\n") for number in range(3)]
    with pytest.raises(RepositoryFailedError, match="2 commits were made on it since"):
        await repository.describe(made[0], "words")
    assert await repository.describe(made[1], "words")
