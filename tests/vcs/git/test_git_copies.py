"""Of a look's copies, what they have is committed, and what is on disk stays a change."""

from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.vcs.base import Change, ChangeKind, Look
from tests.vcs.git.git_world import opened, saying, settled, text


def look_with(tree: Path, name: str, content: bytes, mode: int = 0o600) -> Look:
    copy = tree / ".git" / "autosync" / "copies" / "0"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(content)
    copy.chmod(mode)
    path = name.encode()
    return Look((Change(path, ChangeKind.MODIFIED),), (path,), copies={path: copy})


async def test_the_copy_is_committed_and_the_file_stays_a_change(tree: Path) -> None:
    repository = await opened(tree)
    (tree / "a").write_text("one\nlater\nstill later\n")
    (tree / "other").write_text("x\n")
    rest = await settled(repository)
    look = look_with(tree, "a", b"one\nlater\n")
    look = replace(look, changes=(*look.changes, *(c for c in rest.changes if c.path != b"a")))
    commit = await repository.commit(look, saying("automatic"))
    assert commit is not None
    assert commit.unstable == ()
    assert text(tree, "show", "HEAD:a") == "one\nlater"
    assert text(tree, "show", "HEAD:other") == "x"
    assert text(tree, "diff", "--name-only") == "a"
    assert (await settled(repository)).changes == (Change(b"a", ChangeKind.MODIFIED),)


async def test_a_copy_of_a_new_file_keeps_the_executable_bit(tree: Path) -> None:
    repository = await opened(tree)
    (tree / "run").write_text("#!\n")
    commit = await repository.commit(look_with(tree, "run", b"#!", 0o700), saying("automatic"))
    assert commit is not None
    assert commit.changes == (Change(b"run", ChangeKind.ADDED, lines=commit.changes[0].lines),)
    assert text(tree, "ls-tree", "HEAD", "run").startswith("100755 blob ")


async def test_a_copy_that_the_last_commit_has_makes_no_commit(tree: Path) -> None:
    repository = await opened(tree)
    assert await repository.commit(look_with(tree, "a", b"one\n"), saying("automatic")) is None


async def test_a_copy_goes_through_the_filters_of_its_path(tree: Path) -> None:
    text(tree, "config", "filter.upper.clean", "tr a-z A-Z")
    (tree / ".git" / "info" / "attributes").write_text("a filter=upper\nnew filter=broken\n")
    text(tree, "config", "filter.broken.clean", "false")
    text(tree, "config", "filter.broken.required", "true")
    repository = await opened(tree)
    assert await repository.commit(look_with(tree, "a", b"words\n"), saying("automatic"))
    assert text(tree, "show", "HEAD:a") == "WORDS"
    (tree / "new").write_text("words\n")
    assert await repository.commit(look_with(tree, "new", b"words\n"), saying("automatic")) is None


@pytest.mark.parametrize("believed", ["true", "false"])
async def test_where_the_executable_bit_means_nothing_it_stays_as_it_was(
    tree: Path, believed: str
) -> None:
    text(tree, "config", "core.fileMode", believed)
    repository = await opened(tree)
    assert await repository.commit(look_with(tree, "a", b"two\n", 0o700), saying("automatic"))
    expected = "100755" if believed == "true" else "100644"
    assert text(tree, "ls-tree", "HEAD", "a").startswith(expected)


async def test_a_copy_of_what_is_held_is_not_committed(tree: Path) -> None:
    repository = await opened(tree)
    (tree / "a").write_text("secret\nand more\n")
    (tree / "other").write_text("x\n")
    rest = await settled(repository)
    look = look_with(tree, "a", b"secret\n")
    look = replace(look, changes=tuple(c for c in rest.changes if c.path != b"a"))
    assert await repository.commit(look, saying("automatic"))
    assert text(tree, "show", "HEAD:other") == "x"
    assert text(tree, "show", "HEAD:a") == "one"
