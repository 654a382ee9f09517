"""One save: to its commit, and to another working copy, against the bare git commands."""

import time
from collections.abc import Iterator
from pathlib import Path

from bench.commit_cost import make_tree, plumbing
from bench.measure import Row, compared, fewer, git, used
from bench.running import Running, home, until

QUICK = """\
defaults: {{settle: 1ms, max_settle: 1s, push_delay: 1ms, pull_interval: 0}}
repositories: [{here}, {there}]
"""

FILE = "d0/f0"


def journeys(sizes: tuple[int, ...], rounds: int) -> Iterator[Row]:
    """Wall time and CPU of both ways, in trees of so many files."""
    for size in sizes:
        with home() as running:
            here, there, bare = prepare(running.home, size)
            running.start(QUICK.format(here=here, there=there))
            yield from race(running, (here, there), bare, size, rounds)


def prepare(folder: Path, size: int) -> tuple[Path, Path, tuple[Path, Path]]:
    """Two working copies for the daemon, and two for the bare commands, each with their remote."""
    pairs = []
    for name in ("ours", "bare"):
        first = make_tree(folder / name, size)
        git(folder, "clone", "-q", "--bare", str(first), f"{name}.git")
        git(first, "remote", "add", "origin", str(folder / f"{name}.git"))
        git(first, "fetch", "-q")
        git(first, "branch", "-q", "-u", "origin/main")
        second = folder / f"{name}-2"
        git(folder, "clone", "-q", str(folder / f"{name}.git"), str(second))
        for key, value in (("user.name", "b"), ("user.email", "b@example.org")):
            git(second, "config", key, value)
        pairs.append((first, second))
    return (*pairs[0], pairs[1])


def race(
    running: Running, ours: tuple[Path, Path], bare: tuple[Path, Path], size: int, rounds: int
) -> Iterator[Row]:
    """Rounds that take turns."""
    commits: tuple[list[float], list[float]] = ([], [])
    arrivals: tuple[list[float], list[float]] = ([], [])
    cpu: tuple[list[float], list[float]] = ([], [])
    for number in range(fewer(rounds, size) + 1):
        theirs, mine = (
            by_hand(bare, f"bare {number}\n"),
            by_daemon(running, ours, f"ours {number}\n"),
        )
        if number:  # the first round warms up
            for kept, pair in zip((commits, arrivals, cpu), zip(theirs, mine, strict=True),
                                  strict=True):  # fmt: skip
                kept[0].append(pair[0])
                kept[1].append(pair[1])
    yield compared("save → commit (wall)", size, *commits, "1 ms settle; files rest for 20 ms")
    yield compared("save → other machine (wall)", size, *arrivals)
    yield compared("save → other machine (CPU)", size, *cpu)


def by_hand(pair: tuple[Path, Path], text: str) -> tuple[float, float, float]:
    """Seconds to the commit, to the other side, and of CPU, by the cheapest git commands."""
    here, there = pair
    cpu, begin = used(), time.perf_counter()
    (here / FILE).write_text(text)
    plumbing(here)
    committed = time.perf_counter() - begin
    git(here, "push", "-q", "origin", "main")
    git(there, "pull", "-q", "--ff-only")
    assert (there / FILE).read_text() == text
    return committed, time.perf_counter() - begin, used() - cpu


def by_daemon(running: Running, pair: tuple[Path, Path], text: str) -> tuple[float, float, float]:
    """The same by the daemon, which is left to rest before."""
    here, there = pair
    until(running.rests, "everything rests")
    time.sleep(0.2)
    cpu, before = running.cpu(), tip(here)
    begin = time.perf_counter()
    (here / FILE).write_text(text)
    committed = until(lambda: tip(here) != before, "a commit")
    until(lambda: (there / FILE).read_text() == text, "the file is there")
    arrived = time.perf_counter() - begin
    until(running.rests, "everything rests")
    return committed, arrived, running.cpu() - cpu


def tip(tree: Path) -> str:
    """The commit of the branch, unless it has been packed."""
    try:
        return (tree / ".git/refs/heads/main").read_text()
    except FileNotFoundError:
        return ""
