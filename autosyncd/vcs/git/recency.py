"""Which side's version of a path is the later one."""

from collections.abc import Sequence

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.objects import PATHS_PER_COMMAND
from autosyncd.vcs.merging.outcome import LEFT, Times


async def last_changes(git: Git, left: str, right: str, paths: Sequence[bytes]) -> Times:
    """When each side last changed paths since what both have, by one walk over the history.

    Merges do not count: what they bring was written before.
    """
    if not paths:
        return {}
    narrowed = paths if len(paths) <= PATHS_PER_COMMAND else ()
    out = await git.output(
        "log",
        "--left-right",
        "--full-history",
        "--no-merges",
        "--no-renames",
        "--format=%m%ct",
        "--raw",
        "-z",
        f"{left}...{right}",
        "--",
        *narrowed,
    )
    return _read(out, frozenset(paths))


def _read(out: bytes, wanted: frozenset[bytes]) -> dict[tuple[bytes, bytes], int]:
    """Fields are a commit's side and date, or begin with a colon and are followed by a path."""
    times: dict[tuple[bytes, bytes], int] = {}
    side, date = LEFT, 0
    fields = iter(out.split(b"\0"))
    for field in fields:
        facts = field.removeprefix(b"\n")
        if facts.startswith(b":"):
            path = next(fields)
            if path in wanted:
                times[side, path] = max(date, times.get((side, path), 0))
        elif facts:
            side, date = facts[:1], int(facts[1:] or 0)
    return times
