"""An earlier version comes back as an edit; what was there is never lost."""

import os
import time
from pathlib import Path

import pytest

from autosyncd.errors import RepositoryFailedError
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
)


def dated(folder: Path, when: int, **files: str) -> str:
    """A commit by hand at a moment."""
    commit_by_hand(folder, f"at {when}", **files)
    os.environ["GIT_COMMITTER_DATE"] = f"@{when} +0000"
    try:
        git(folder, "commit", "-q", "--amend", "--no-edit")
    finally:
        del os.environ["GIT_COMMITTER_DATE"]
    return head(folder)


async def test_a_committed_version_comes_back_and_is_an_ordinary_change(tree: Path) -> None:
    first = head(tree)
    second = commit_by_hand(tree, "second", a="two\n")
    repository = await opened(tree)
    restored = await repository.restore(b"a", first[:8], None)
    assert (restored.commit, restored.kept) == (first, None)
    assert (tree / "a").read_text() == "one\n"
    assert (status(tree), head(tree)) == (" M a", second)
    await must_commit(repository, b"a")
    assert (content(tree, "a"), content(tree, "a", "HEAD~1")) == (b"one\n", b"two\n")


async def test_what_was_not_committed_is_kept_even_from_gc_and_comes_back(tree: Path) -> None:
    repository = await opened(tree)
    (tree / "a").write_text("precious\n")
    (tree / "a").chmod(0o755)
    kept = (await repository.restore(b"a", "HEAD", None)).kept
    assert (tree / "a").read_text() == "one\n"
    assert kept
    git(tree, "gc", "-q", "--prune=now")
    assert content(tree, "a", kept) == b"precious\n"
    assert content(tree, "sub/b", kept) == b"two\n"
    await repository.restore(b"a", kept, None)
    assert (tree / "a").read_text() == "precious\n"
    assert os.access(tree / "a", os.X_OK)


async def test_an_untracked_file_in_the_place_is_kept_too(tree: Path) -> None:
    first = head(tree)
    git(tree, "rm", "-q", "a")
    git(tree, "commit", "-q", "-m", "gone")
    (tree / "a").write_text("untracked\n")
    repository = await opened(tree)
    kept = (await repository.restore(b"a", first, None)).kept
    assert kept
    assert ((tree / "a").read_text(), content(tree, "a", kept)) == ("one\n", b"untracked\n")


async def test_a_deleted_file_comes_back_with_its_folder(tree: Path) -> None:
    first = head(tree)
    git(tree, "rm", "-q", "sub/b")
    git(tree, "commit", "-q", "-m", "gone")
    assert not (tree / "sub").exists()
    await (await opened(tree)).restore(b"sub/b", first, None)
    assert (tree / "sub" / "b").read_text() == "two\n"


async def test_links_and_the_executable_bit_come_back(tree: Path) -> None:
    (tree / "link").symlink_to("a")
    (tree / "tool").write_text("#!/bin/sh\n")
    (tree / "tool").chmod(0o755)
    before = commit_by_hand(tree, "both")
    (tree / "link").unlink()
    (tree / "link").write_text("a file now")
    (tree / "tool").chmod(0o644)
    commit_by_hand(tree, "changed")
    repository = await opened(tree)
    await repository.restore(b"link", before, None)
    await repository.restore(b"tool", before, None)
    assert os.readlink(tree / "link") == "a"
    assert os.access(tree / "tool", os.X_OK)


async def test_a_moment_means_the_last_version_committed_by_then(tree: Path) -> None:
    one = dated(tree, 1_700_000_000, a="early\n")
    dated(tree, 1_700_000_100, sub__b="unrelated\n")
    dated(tree, 1_700_000_200, a="late\n")
    repository = await opened(tree)
    assert (await repository.restore(b"a", 1_700_000_199.5, None)).commit == one
    assert (tree / "a").read_text() == "early\n"
    await repository.restore(b"a", "1700000200", None)
    assert (tree / "a").read_text() == "late\n"


async def test_a_version_under_a_former_name_is_found(tree: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(20))
    old = dated(tree, 1_700_000_000, a=lines)
    git(tree, "mv", "a", "moved")
    dated(tree, 1_700_000_100, moved=lines + "more\n")
    repository = await opened(tree)
    await repository.restore(b"moved", old, None)
    assert (tree / "moved").read_text() == lines
    (tree / "moved").write_text("else")
    assert (await repository.restore(b"moved", 1_700_000_050.0, None)).commit == old
    assert (tree / "moved").read_text() == lines
    assert not (tree / "a").exists()


async def test_filters_apply_as_for_any_checkout(tree: Path) -> None:
    commit_by_hand(tree, ".gitattributes", **{".gitattributes": "*.txt text eol=crlf\n"})
    before = commit_by_hand(tree, "text", **{"t.txt": "x\ny\n"})
    commit_by_hand(tree, "more", **{"t.txt": "z\n"})
    repository = await opened(tree)
    await repository.restore(b"t.txt", before, None)
    assert (tree / "t.txt").read_bytes() == b"x\r\ny\r\n"
    await repository.restore(b"t.txt", before, tree.parent / "copy.txt")
    assert (tree.parent / "copy.txt").read_bytes() == b"x\r\ny\r\n"


async def test_restoring_what_is_there_changes_nothing(tree: Path) -> None:
    before = (tree / "a").stat()
    restored = await (await opened(tree)).restore(b"a", "HEAD", None)
    assert (restored.commit, restored.kept) == (head(tree), None)
    assert (tree / "a").stat() == before


async def test_output_never_overwrites_anything(tree: Path) -> None:
    repository = await opened(tree)
    output = tree.parent / "out"
    (tree / "a").write_text("edited\n")
    await repository.restore(b"a", "HEAD", output)
    assert (output.read_text(), (tree / "a").read_text()) == ("one\n", "edited\n")
    output.write_text("mine")
    for taken in (output, tree.parent):
        with pytest.raises(RepositoryFailedError, match="exists already"):
            await repository.restore(b"a", "HEAD", taken)
    assert output.read_text() == "mine"
    with pytest.raises(RepositoryFailedError, match="No such file"):
        await repository.restore(b"a", "HEAD", tree.parent / "no" / "folder")
    assert not list(tree.parent.glob(".autosync-*"))


async def test_a_file_that_is_being_written_is_left_to_its_writer(tree: Path) -> None:
    first = head(tree)
    commit_by_hand(tree, "second", a="two\n")
    repository = await opened(tree)
    with (tree / "a").open("a") as writer:
        with pytest.raises(RepositoryFailedError, match="open for writing"):
            await repository.restore(b"a", first, None)
        writer.write("three\n")
    assert (tree / "a").read_text() == "two\nthree\n"


async def test_a_folder_with_files_in_the_place_is_left_alone(tree: Path) -> None:
    first = head(tree)
    git(tree, "rm", "-q", "a")
    git(tree, "commit", "-q", "-m", "gone")
    (tree / "a").mkdir()
    (tree / "a" / "file").write_text("mine")
    with pytest.raises(RepositoryFailedError, match="in its place"):
        await (await opened(tree)).restore(b"a", first, None)
    assert (tree / "a" / "file").read_text() == "mine"


async def test_what_became_a_folder_or_lies_in_what_became_a_file_is_left_alone(
    tree: Path,
) -> None:
    first = head(tree)
    git(tree, "rm", "-q", "a", "sub/b")
    (tree / "a").mkdir()
    commit_by_hand(tree, "swapped", **{"a/x": "in a\n", "sub": "now a file\n"})
    repository = await opened(tree)
    for path in (b"a", b"sub/b"):
        with pytest.raises(RepositoryFailedError, match="in its place"):
            await repository.restore(path, first, None)
    assert ((tree / "a" / "x").read_text(), (tree / "sub").read_text()) == (
        "in a\n",
        "now a file\n",
    )
    assert status(tree) == ""


@pytest.mark.parametrize(
    ("path", "at", "complaint"),
    [
        (b"a", "no-such", "no version 'no-such' of a"),
        (b"a", "--all", "no version '--all' of a"),
        (b"a", "deadbeef", "no version 'deadbeef' of a"),
        (b"nothing", "HEAD", "nothing is not in"),
        (b"nothing", 1_700_000_000.0, "no commit has nothing"),
        (b"a", 1_000_000.0, "did not exist yet at 1970"),
        (b"a", "1000000", "did not exist yet at 1970"),
        (b"sub", "HEAD", "sub is a folder in"),
        (b".git/config", "HEAD", "not in"),
    ],
)
async def test_what_there_is_not_is_said(
    tree: Path, path: bytes, at: str | float, complaint: str
) -> None:
    before = (tree / ".git" / "config").read_bytes()
    with pytest.raises(RepositoryFailedError, match=complaint):
        await (await opened(tree)).restore(path, at, None)
    assert (status(tree), (tree / ".git" / "config").read_bytes()) == ("", before)


async def test_a_moment_after_its_deletion_is_said(tree: Path) -> None:
    git(tree, "rm", "-q", "a")
    git(tree, "commit", "-q", "-m", "gone")
    with pytest.raises(RepositoryFailedError, match="a was deleted at"):
        await (await opened(tree)).restore(b"a", time.time() + 5, None)


async def test_in_a_repository_without_commits_there_is_nothing_to_restore(tmp_path: Path) -> None:
    repository = await opened(make(tmp_path / "empty"))
    with pytest.raises(RepositoryFailedError, match="no version 'HEAD'"):
        await repository.restore(b"a", "HEAD", None)


async def test_a_late_write_to_what_was_replaced_comes_to_light(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncd.vcs.git.upkeep.GRACE", 0.0)
    first = head(tree)
    commit_by_hand(tree, "second", a="two\n")
    repository = await opened(tree)
    await repository.restore(b"a", first, None)
    (displaced,) = (tree / ".git" / "autosync" / "displaced").glob("*/0*")
    assert displaced.read_text() == "two\n"
    displaced.write_text("written late\n")
    await must_commit(repository, b"a")
    await repository.tidy()
    versions = {file.read_bytes() for file in tree.glob("a*")}
    assert versions == {b"one\n", b"written late\n"}
    assert status(tree) == ""


async def test_a_restore_after_a_pull_is_no_stale_save(trio: Trio) -> None:
    lines = [f"line {number}\n" for number in range(9)]
    old = commit_by_hand(trio.theirs, "old", a="".join(lines))
    commit_by_hand(trio.theirs, "first line", a="".join(["1\n", *lines[1:]]))
    git(trio.theirs, "push", "-q")
    git(trio.mine, "pull", "-q")
    commit_by_hand(trio.theirs, "last line", a="".join(["1\n", *lines[1:8], "9\n"]))
    git(trio.theirs, "push", "-q")
    repository = await opened(trio.mine)
    await repository.fetch()
    await repository.move(head(trio.theirs))
    await repository.restore(b"a", old, None)
    await must_commit(repository, b"a")
    assert (trio.mine / "a").read_text() == "".join(lines)
    assert content(trio.mine, "a") == "".join(lines).encode()


@pytest.mark.parametrize("place", [".git/hooks/post-commit", ".GIT/x", "bare.git/hooks/update"])
async def test_nothing_is_written_into_git_s_own_folder(tree: Path, place: str) -> None:
    git(tree, "init", "-q", "--bare", "bare.git")
    output = tree / place
    output.parent.mkdir(parents=True, exist_ok=True)
    with pytest.raises(RepositoryFailedError, match="inside of git's own folder"):
        await (await opened(tree)).restore(b"a", "HEAD", output)
    assert not output.exists()


async def test_nothing_is_written_into_it_by_way_of_a_link(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree / ".git")
    with pytest.raises(RepositoryFailedError, match="inside of git's own folder"):
        await (await opened(tree)).restore(b"a", "HEAD", tmp_path / "link" / "x")
    assert not (tree / ".git" / "x").exists()
