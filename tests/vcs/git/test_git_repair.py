"""After a power cut: a damaged repository becomes sound, and every file stays as it is."""

import os
import subprocess
import zlib
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError
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


def loose(tree: Path, name: str) -> Path:
    """The file of an object."""
    oid = text(tree, "rev-parse", name)
    return tree / ".git" / "objects" / oid[:2] / oid[2:]


def emptied(file: Path) -> None:
    """What a power cut makes of a file that was not yet written."""
    file.chmod(0o644)
    file.write_bytes(b"")


def quarantined(tree: Path) -> list[Path]:
    folders = (tree / ".git" / "autosync").glob("damaged-*")
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


async def sound(tree: Path, *, before: str) -> None:
    """It opens, says what it mended, commits the rest, and git finds nothing wrong any more."""
    repository = await opened(tree)
    assert repository.mended
    assert head(tree) == before
    write(tree, later="later\n")
    await must_commit(repository)
    assert status(tree) == ""
    git(tree, "fsck", "--strict", "--no-dangling", "--no-reflogs")
    git(tree, "rev-list", "--objects", "--all", "--quiet")
    assert (await opened(tree)).mended == ()


async def test_a_sound_repository_is_left_as_it_is(tree: Path) -> None:
    assert (await opened(tree)).mended == ()
    assert quarantined(tree) == []


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("HEAD", b""),
        ("HEAD^{tree}", b""),
        ("HEAD:a", b""),
        ("HEAD:sub", b""),
        ("HEAD", b"garbage"),
        ("HEAD", zlib.compress(b"commit 1\0x")),
        ("HEAD^{tree}", b"garbage"),
    ],
)
async def test_the_branch_goes_back_to_its_newest_complete_commit(
    tree: Path, part: str, damage: bytes
) -> None:
    before = head(tree)
    commit_by_hand(tree, a="new\n", sub__b="also new\n")
    file = loose(tree, part)
    file.chmod(0o644)
    file.write_bytes(damage)
    await sound(tree, before=before)
    assert (content(tree, "a"), content(tree, "sub/b")) == (b"new\n", b"also new\n")
    assert quarantined(tree)


async def test_an_empty_branch_file_is_written_again(tree: Path) -> None:
    before = head(tree)
    emptied(tree / ".git" / "refs" / "heads" / "main")
    await sound(tree, before=before)


async def test_a_reflog_that_ends_in_zeros_is_read(tree: Path) -> None:
    before = head(tree)
    for name in ("HEAD", "refs/heads/main"):
        with (tree / ".git" / "logs" / name).open("ab") as log:
            log.write(bytes(300))
    emptied(tree / ".git" / "refs" / "heads" / "main")
    await sound(tree, before=before)


async def test_an_empty_head_is_written_again(tree: Path) -> None:
    before = head(tree)
    git(tree, "branch", "other")
    git(tree, "switch", "-q", "other")
    git(tree, "switch", "-q", "main")
    emptied(tree / ".git" / "HEAD")
    await sound(tree, before=before)
    assert text(tree, "branch", "--show-current") == "main"


async def test_an_empty_head_without_a_reflog_is_the_only_branch_there_is(tree: Path) -> None:
    before = head(tree)
    (tree / ".git" / "logs" / "HEAD").unlink()
    (tree / ".git" / "HEAD").write_bytes(bytes(21))
    await sound(tree, before=before)


async def test_an_empty_head_that_could_be_anything_is_for_the_user(tree: Path) -> None:
    git(tree, "branch", "other")
    (tree / ".git" / "logs" / "HEAD").unlink()
    emptied(tree / ".git" / "HEAD")
    with pytest.raises(NeedsUserError, match="its HEAD is empty") as caught:
        await opened(tree)
    assert "refs/heads/BRANCH" in str(caught.value.hint)


@pytest.mark.parametrize("damage", [b"", bytes(500), b"DIRC garbage"])
async def test_a_broken_index_is_made_anew(tree: Path, damage: bytes) -> None:
    write(tree, a="unstaged\n")
    (tree / ".git" / "index").write_bytes(damage)
    await sound(tree, before=head(tree))
    assert content(tree, "a") == b"unstaged\n"


async def test_an_index_that_names_a_missing_file_is_made_anew(tree: Path) -> None:
    write(tree, a="staged, and lost with the power\n")
    git(tree, "add", "a")
    emptied(loose(tree, ":a"))
    await sound(tree, before=head(tree))
    assert content(tree, "a") == b"staged, and lost with the power\n"


async def test_what_a_sparse_checkout_leaves_out_is_never_taken_for_deleted(tree: Path) -> None:
    git(tree, "sparse-checkout", "set", "--no-cone", "/a")
    (tree / ".git" / "index").write_bytes(b"garbage")
    with pytest.raises(NeedsUserError, match="sparse checkout"):
        await opened(tree)
    assert tracked(tree) == {b"a", b"sub/b"}


async def test_the_first_commit_of_all_can_be_lost(tmp_path: Path, no_quiet: None) -> None:
    tree = make(tmp_path / "tree", a="1\n")
    emptied(loose(tree, "HEAD"))
    with pytest.raises(NeedsUserError, match="is damaged: no complete commit") as caught:
        await opened(tree)
    assert "fsck" in str(caught.value.hint)
    assert (tree / "a").read_text() == "1\n"


async def test_records_of_the_remote_are_brought_again(trio: Trio) -> None:
    before = head(trio.mine)
    made = commit_by_hand(trio.theirs, a="theirs\n")
    git(trio.theirs, "push", "-q")
    first = await opened(trio.mine)
    await first.fetch()
    emptied(loose(trio.mine, made))
    repository = await opened(trio.mine)
    assert repository.mended
    assert head(trio.mine) == before
    await repository.fetch()
    assert (await repository.inspect()).tip == made
    await repository.move(made)
    git(trio.mine, "fsck", "--strict", "--no-dangling")


async def test_an_empty_record_of_the_remote_does_not_stop_a_fetch(trio: Trio) -> None:
    emptied(trio.mine / ".git" / "refs" / "heads" / "main")
    (trio.mine / ".git" / "refs" / "remotes" / "origin" / "main").write_bytes(b"")
    repository = await opened(trio.mine)
    await repository.fetch()
    assert head(trio.mine) == head(trio.theirs)


async def test_while_a_git_is_at_work_nothing_is_mended(tree: Path) -> None:
    (tree / ".git" / "index").write_bytes(b"garbage")
    (tree / ".git" / "index.lock").touch()
    with pytest.raises(NeedsUserError, match="git is at work"):
        await opened(tree)
    assert (tree / ".git" / "index").read_bytes() == b"garbage"
    (tree / ".git" / "index.lock").unlink()
    assert (await opened(tree)).mended


async def test_a_repository_without_any_commit_is_not_damaged(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree")
    assert (await opened(tree)).mended == ()


async def test_a_broken_branch_of_the_user_stays_for_the_user(tree: Path) -> None:
    git(tree, "switch", "-qc", "side")
    commit_by_hand(tree, a="side\n")
    emptied(loose(tree, "HEAD"))
    (tree / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    repository = await opened(tree)
    assert repository.mended
    assert (tree / ".git" / "refs" / "heads" / "side").exists()
    write(tree, later="x")
    await must_commit(repository)


def test_the_power_cut_that_these_tests_imitate_breaks_stock_git(tree: Path) -> None:
    emptied(loose(tree, "HEAD"))
    done = subprocess.run(
        ["git", "-C", tree, "status"], capture_output=True, check=False, env=os.environ
    )
    assert done.returncode == 128
