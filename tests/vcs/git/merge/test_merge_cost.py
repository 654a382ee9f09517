"""What a merge costs: it follows the conflict, not the size of the tree."""

import os
from pathlib import Path

import pytest

from tests.vcs.git.merge.merge_world import Clone, File

FORWARDER = """\
#!/bin/sh
echo "$*" >> '{log}'
exec '{git}' "$@"
"""


class Counted:
    """A clone whose git commands are written down."""

    def __init__(self, place: Path) -> None:
        self.log = place / "log"
        folder = place / "bin"
        folder.mkdir(parents=True)
        git = next(
            Path(part, "git")
            for part in os.environ["PATH"].split(os.pathsep)
            if Path(part, "git").exists()
        )
        (folder / "git").write_text(FORWARDER.format(log=self.log, git=git))
        (folder / "git").chmod(0o755)
        self.clone = Clone(place, path=f"{folder}{os.pathsep}{os.environ['PATH']}")

    async def commands(self, a: str, b: str) -> list[str]:
        """The git commands that a merge runs."""
        self.log.write_text("")
        await self.clone.merge(a, b)
        lines = self.log.read_text().splitlines()
        return [next(word for word in _words(line)) for line in lines]


def _words(line: str) -> list[str]:
    words = line.split(" ")
    while words[0] == "-c":
        del words[:2]
    return words


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    return Counted(tmp_path)


async def test_a_clean_merge_reads_no_tree_and_no_index(counted: Counted) -> None:
    clone = counted.clone
    root = clone.commit({b"a": File(b"0"), b"b": File(b"0")})
    one = clone.commit({b"a": File(b"1"), b"b": File(b"0")}, root)
    two = clone.commit({b"a": File(b"0"), b"b": File(b"1")}, root)
    assert await counted.commands(one, two) == [
        "merge-base",
        "merge-tree",
        "diff-tree",
        "diff-tree",
        "log",
        "commit-tree",
    ]


async def test_an_ancestor_is_recognised_by_one_command(counted: Counted) -> None:
    old = counted.clone.commit({b"a": File(b"0")})
    new = counted.clone.commit({b"a": File(b"1")}, old)
    assert await counted.commands(old, new) == ["merge-base"]


async def test_a_hundred_conflicts_take_as_many_commands_as_one(counted: Counted) -> None:
    clone = counted.clone
    taken = []
    for number in (1, 100):
        names = [b"d/%d.txt" % at for at in range(number)]
        root = clone.commit({name: File(b"0\n" + name) for name in names}, when=1)
        one = clone.commit({name: File(b"1\n" + name) for name in names}, root, when=2)
        two = clone.commit({name: File(b"2\n" + name) for name in names}, root, when=3)
        taken.append(len(await counted.commands(one, two)))
    assert taken[0] == taken[1] < 20


async def test_a_conflict_in_a_large_tree_lists_no_whole_tree(counted: Counted) -> None:
    clone = counted.clone
    plain = {b"d%d/%d" % (at % 50, at): File(b"%d" % at) for at in range(2000)}
    root = clone.commit(plain)
    one = clone.commit({**plain, b"d1/1": File(b"one")}, root)
    two = clone.commit({**plain, b"d1/1": File(b"two")}, root)
    await counted.commands(one, two)
    listings = [line for line in counted.log.read_text().splitlines() if "ls-tree -r" in line]
    listed = [clone.git("ls-tree", "-r", line.rpartition(" ")[2]) for line in listings]
    assert [len(tree.splitlines()) for tree in listed] == [1]
    assert len(clone.files(await clone.merged(one, two))) == 2001
