"""Trees as mappings from path to entry, read and written by plumbing commands."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.tree.entry import Difference, Entry

ABSENT = "000000"

NO_INDEX = Path("/nonexistent/index")
"""git-diff-tree(1) reads the index, and uses nothing of it: 5 ms of CPU with 100,000 files."""

PATHS_PER_COMMAND = 200
"""Paths of 4096 bytes each still fit on a command line."""


Tree = Mapping[bytes, Entry]


async def read_tree(git: Git, treeish: str) -> dict[bytes, Entry]:
    """All entries of a tree, recursively (git-ls-tree(1))."""
    out = await git.output("ls-tree", "-r", "-z", "--full-tree", treeish)
    return dict(_tree_line(line) for line in out.split(b"\0") if line)


def _tree_line(line: bytes) -> tuple[bytes, Entry]:
    facts, path = line.split(b"\t", 1)
    mode, _kind, oid = facts.decode("ascii").split(" ")
    return path, Entry(mode, oid)


async def difference(git: Git, old: str, new: str) -> tuple[Difference, ...]:
    """Where two trees differ, without looking for renames (git-diff-tree(1))."""
    out = await git.output(
        *("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new, "--"),
        index=NO_INDEX,
    )
    return parse_difference(out)


def parse_difference(out: bytes) -> tuple[Difference, ...]:
    """What `--raw -z --no-renames --no-abbrev` prints (git-diff-index(1), git-diff-tree(1))."""
    fields = out.split(b"\0")
    return tuple(_difference(fields[i], fields[i + 1]) for i in range(0, len(fields) - 1, 2))


def _difference(facts: bytes, path: bytes) -> Difference:
    old_mode, new_mode, old_oid, new_oid, _status = facts.decode("ascii")[1:].split(" ")
    return Difference(path, _entry(old_mode, old_oid), _entry(new_mode, new_oid))


def _entry(mode: str, oid: str) -> Entry | None:
    return None if mode == ABSENT else Entry(mode, oid)


def index_info(entries: Iterable[tuple[bytes, Entry | None]], zero: str) -> bytes:
    """Input for `git update-index -z --index-info`: removals first, so that a file may become a
    folder and a folder a file."""
    lines = sorted((entry is not None, path, entry) for path, entry in entries)
    return b"".join(
        (f"{entry.mode} {entry.oid}\t" if entry else f"0 {zero}\t").encode("ascii") + path + b"\0"
        for _, path, entry in lines
    )


async def write_tree(git: Git, tree: Tree, index: Path, zero: str) -> str:
    """Write exactly these entries as a tree object by way of a private index; returns its id."""
    await git.output("read-tree", "--empty", index=index)
    await git.output(
        "update-index", "-z", "--index-info", stdin=index_info(tree.items(), zero), index=index
    )
    return await git.line("write-tree", index=index)


async def entries_at(git: Git, treeish: str, paths: Iterable[bytes]) -> dict[bytes, Entry]:
    """What a tree holds at these paths, folders too; paths it does not have are left out."""
    asked = tuple(paths)
    found: dict[bytes, Entry] = {}
    for start in range(0, len(asked), PATHS_PER_COMMAND):
        some = asked[start : start + PATHS_PER_COMMAND]
        out = await git.output("ls-tree", "-z", "--full-tree", "--", treeish, *some)
        found.update(_tree_line(line) for line in out.split(b"\0") if line)
    return found


async def amend_tree(
    git: Git, treeish: str, changes: Mapping[bytes, Entry | None], index: Path, zero: str
) -> str:
    """Write a tree that differs from another one in these paths only; returns its id."""
    await git.output("read-tree", treeish, index=index)
    await git.output(
        "update-index", "-z", "--index-info", stdin=index_info(changes.items(), zero), index=index
    )
    return await git.line("write-tree", index=index)
