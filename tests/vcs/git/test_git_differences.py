"""Two trees are compared without the index, whose reading would cost most of it in a large tree."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git, git_environment
from autosyncd.vcs.git.line_counts import counted_difference
from autosyncd.vcs.git.objects import difference
from tests.vcs.git.git_world import commit_by_hand, head, make


async def counted(git: Git, old: str, new: str) -> object:
    found, lines = await counted_difference(git, old, new)
    assert lines == {b".gitattributes": (1, 0), b"a": (2, 1)}, "attributes count"
    return found


@pytest.mark.parametrize("compare", [difference, counted])
async def test_trees_are_compared_without_the_index(
    tmp_path: Path, compare: Callable[[Git, str, str], Awaitable[object]]
) -> None:
    tree = make(tmp_path / "tree", a="one\n", sub__b="two\n")
    (tree / ".gitattributes").write_text("b -diff\n")
    old, new = head(tree), commit_by_hand(tree, a="1\n2\n", sub__b="other\n")
    (tree / ".git" / "index").write_bytes(b"no index at all")
    git = Git(tree, git_environment({}), Slots(1))
    found = await compare(git, old, new)
    assert isinstance(found, tuple)
    assert {one.path for one in found} == {b".gitattributes", b"a", b"sub/b"}
