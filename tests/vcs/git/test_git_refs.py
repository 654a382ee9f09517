"""Refs read from their files are those that git tells."""

import os
import random
from pathlib import Path

import pytest

from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.discover import discover
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.refs import head_commit, names_below, read_ids, stands_at
from tests.vcs.git.git_world import commit_by_hand, git, head, make, text

NAMES = (
    *("refs/heads/main", "refs/heads/a", "refs/heads/a/b", "refs/heads/d\udcff", "refs/heads/ö"),
    *("refs/remotes/origin/main", "refs/autosync/seen/origin/a%2Fb", "refs/heads/none"),
)


async def found(tree: Path) -> tuple[Git, Layout]:
    return await discover(tree, Slots(4), dict(os.environ))


def told(tree: Path) -> dict[str, str]:
    """What git says of them."""
    lines = text(tree, "for-each-ref", "--format=%(objectname) %(refname)").split("\n")
    pairs = (line.split(" ", 1) for line in lines if line)
    return {name: oid for oid, name in pairs if name in NAMES}


async def test_they_are_what_git_says_however_it_keeps_them(tree: Path) -> None:
    repository = await found(tree)
    ids = [head(tree), commit_by_hand(tree, a="2"), commit_by_hand(tree, a="3")]
    chance = random.Random(4711)
    for _ in range(25):
        name = chance.choice(NAMES[:-1])
        match chance.randrange(4):
            case 0:
                git(tree, "pack-refs", "--all", *(("--no-prune",) if chance.random() < 0.3 else ()))
            case 1 if name != "refs/heads/main":
                git(tree, "update-ref", "-d", os.fsencode(name))
            case _:  # `a` and `a/b` shut each other out: then git refuses
                git(tree, "update-ref", os.fsencode(name), chance.choice(ids), check=False)
        assert await read_ids(*repository, *NAMES) == told(tree)
        for prefix in ("refs/heads/", "refs/autosync/", "refs/none/"):
            names = text(tree, "for-each-ref", "--format=%(refname)", prefix).split()
            assert list(await names_below(*repository, prefix)) == sorted(names)


async def test_where_git_keeps_no_files_of_them_git_is_asked(tree: Path) -> None:
    (tree / ".git" / "reftable").mkdir()
    git(tree, "pack-refs", "--all")
    (tree / ".git" / "packed-refs").rename(tree / ".git" / "elsewhere")
    assert await read_ids(*await found(tree), "refs/heads/main") == told(tree) == {}
    (tree / ".git" / "elsewhere").rename(tree / ".git" / "packed-refs")
    assert await read_ids(*await found(tree), "refs/heads/main") == {"refs/heads/main": head(tree)}


async def test_a_ref_that_points_to_another_is_followed(tree: Path) -> None:
    git(tree, "symbolic-ref", "refs/remotes/origin/main", "refs/heads/main")
    ids = await read_ids(*await found(tree), "refs/remotes/origin/main")
    assert ids == {"refs/remotes/origin/main": head(tree)}


async def test_refs_of_a_linked_working_tree_are_those_of_the_repository(
    tree: Path, tmp_path: Path
) -> None:
    git(tree, "worktree", "add", "-q", tmp_path / "linked")
    repository = await found(tmp_path / "linked")
    assert await head_commit(*repository) == head(tree)
    assert (await read_ids(*repository, "refs/heads/main")) == {"refs/heads/main": head(tree)}
    assert await stands_at(*repository, "linked", head(tree))
    assert not await stands_at(*repository, "main", head(tree))


@pytest.mark.parametrize("content", [b"", b"\0" * 41, b"0" * 40 + b"\n", b"nonsense\n"])
async def test_what_is_no_id_is_left_to_git(tree: Path, content: bytes) -> None:
    (tree / ".git/refs/heads/broken").write_bytes(content)
    assert await read_ids(*await found(tree), "refs/heads/broken") == {}


async def test_a_repository_without_commits_stands_nowhere(tmp_path: Path) -> None:
    repository = await found(make(tmp_path / "tree"))
    assert await head_commit(*repository) is None
    assert await stands_at(*repository, "main", None)
