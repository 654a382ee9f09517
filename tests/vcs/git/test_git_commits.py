"""What is remembered of commits is what git says of them."""

import os
import random
from pathlib import Path

import pytest

from autosyncd.errors import ToolError
from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.commits import MOST, Commits
from autosyncd.vcs.git.discover import discover
from tests.vcs.git.git_world import git, head, text

MESSAGES = (b"one\n", b"two\nlines\n\nand a body\n\n\nmore\n", b"\xff\xfe no text\n", b"\n")


async def commits_of(tree: Path) -> Commits:
    found, _ = await discover(tree, Slots(4), dict(os.environ))
    return Commits(found)


def made(tree: Path, *parents: str, message: bytes = b"m\n") -> str:
    options = [part for parent in parents for part in ("-p", parent)]
    return git(tree, "commit-tree", "HEAD^{tree}", *options, stdin=message).decode().strip()


@pytest.mark.parametrize("message", MESSAGES)
async def test_they_say_what_git_says(tree: Path, message: bytes) -> None:
    first = head(tree)
    new = made(tree, first, made(tree, first, message=b"other\n"), message=message)
    [facts] = await (await commits_of(tree)).facts(new)
    asked = text(tree, "log", "--no-walk", "--format=%T%x00%P%x00%ct", new).split("\0")
    assert [facts.tree, " ".join(facts.parents), f"{facts.info.time:.0f}"] == asked
    git(tree, "update-ref", "refs/heads/other", new)
    subject = git(tree, "for-each-ref", "--format=%(contents:subject)", "refs/heads/other")
    assert facts.info.subject == subject.decode("utf-8", "replace").rstrip("\n")


async def test_one_that_is_not_there_is_named(tree: Path) -> None:
    with pytest.raises(ToolError, match="cannot read the commit 123456789012: git has no"):
        await (await commits_of(tree)).facts(head(tree), "1234567890123" + "0" * 27)


async def test_how_they_stand_to_each_other_is_what_git_says(tree: Path) -> None:
    """With more commits than are remembered, asked in any order."""
    chance, ids = random.Random(4711), [head(tree)]
    for number in range(MOST + 10):
        parents = {ids[-1] if chance.random() < 0.7 else chance.choice(ids), chance.choice(ids)}
        ids.append(made(tree, *sorted(parents)[: 1 + (number % 5 == 0)], message=b"%d\n" % number))
    ids.append(made(tree))  # related to none of them
    commits = await commits_of(tree)
    for _ in range(40):
        one, other = chance.choice(ids), chance.choice(ids)
        await commits.facts(chance.choice(ids), one)
        assert await commits.is_ancestor(one, other) == says_ancestor(tree, one, other)
        assert await commits.related(one, other) == bool(bases(tree, one, other))
        counts = text(tree, "rev-list", "--left-right", "--count", f"{one}...{other}").split()
        assert list(await commits.apart(one, other)) == list(map(int, counts))
        assert await commits.count(other, one) == int(counts[1])


async def test_a_line_of_commits_that_are_known_needs_no_git(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = head(tree)
    second = made(tree, first)
    third = made(tree, second)
    commits = await commits_of(tree)
    await commits.facts(second, third)

    async def nothing(*_: object, **__: object) -> None:
        raise AssertionError("git was asked")

    monkeypatch.setattr(Git, "run", nothing)
    assert await commits.is_ancestor(first, third)
    assert await commits.apart(third, first) == (2, 0)
    assert await commits.apart(second, third) == (0, 1)
    assert await commits.count(third, first) == 2


def says_ancestor(tree: Path, one: str, other: str) -> bool:
    return one in text(tree, "rev-list", other).split()


def bases(tree: Path, one: str, other: str) -> bytes:
    return git(tree, "merge-base", one, other, check=False)
