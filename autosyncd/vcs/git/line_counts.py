"""Where two trees differ, and by how many lines."""

from collections.abc import Mapping

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.objects import NO_INDEX, parse_difference
from autosyncd.vcs.tree.entry import Difference

_SMALL = ("-c", "core.bigFileThreshold=1m")
"""Larger files count as binary ones, whose lines nobody reads."""

Lines = Mapping[bytes, tuple[int, int]]
"""How many lines came and went, by path; binary files are not in it."""


async def counted_difference(git: Git, old: str, new: str) -> tuple[tuple[Difference, ...], Lines]:
    """As `difference`, with the lines of each path in the same run (git-diff-tree(1))."""
    out = await git.output(
        *(*_SMALL, "diff-tree", "-r", "-z", "--raw", "--numstat", "--no-renames", "--no-abbrev"),
        *("--no-ext-diff", "--no-textconv", old, new, "--"),
        index=NO_INDEX,
    )
    return _parse(out)


def _parse(out: bytes) -> tuple[tuple[Difference, ...], Lines]:
    """First all records of `--raw -z`, a colon before each, then all of `--numstat -z`."""
    fields = out.split(b"\0")
    raw = 0
    while fields[raw].startswith(b":"):
        raw += 2
    differences = parse_difference(b"\0".join([*fields[:raw], b""]))
    counts = (field.split(b"\t", 2) for field in fields[raw:] if field)
    return differences, {path: (int(a), int(b)) for a, b, path in counts if a != b"-"}
