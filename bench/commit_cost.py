"""What one changed file costs in CPU, against the bare git commands, in trees of several sizes.

Ratios are to be compared, not milliseconds: `python -m bench.commit_cost [FILES …]`.
"""

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from autosyncd.process import Slots
from autosyncd.vcs.base import Change, OpenOptions, Repository
from autosyncd.vcs.git.backend import GitBackend

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 9
PER_FOLDER = 100


def main() -> None:
    """Print one row for each size."""
    sizes = tuple(int(word) for word in sys.argv[1:]) or SIZES
    print("| files | plumbing ms | look + commit ms | ratio | commit alone | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="autosync-bench-") as folder:
            print(asyncio.run(measure(Path(folder), size)), flush=True)


async def measure(folder: Path, size: int) -> str:
    """The medians of alternating rounds in the same run."""
    tree, other = make_tree(folder / "ours", size), make_tree(folder / "bare", size)
    repository = await opened(tree)
    bare: list[float] = []
    ours: list[float] = []
    commits: list[float] = []
    await settled(tree, repository)
    for number in range(ROUNDS):
        change(other, f"bare {number}")
        bare.append(await cost(lambda: plumbing(other)))
        change(tree, f"ours {number}")
        spent: list[float] = []
        ours.append(await cost(lambda spent=spent: look_and_commit(repository, spent)))
        commits.append(spent[0])
    base, whole, commit = (statistics.median(times) * 1000 for times in (bare, ours, commits))
    return (
        f"| {size:,} | {base:.0f} | {whole:.0f} | {whole / base:.2f} "
        f"| {commit:.0f} | {commit / base:.2f} |"
    )


def make_tree(folder: Path, size: int) -> Path:
    """A repository with `size` small files, committed."""
    tree = folder
    subprocess.run(["git", "init", "-q", "-b", "main", str(tree)], check=True)
    git(tree, "config", "user.name", "bench")
    git(tree, "config", "user.email", "bench@example.org")
    for number in range(size):
        path = tree / f"d{number // PER_FOLDER}" / f"f{number}"
        if number % PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_text(f"{number}\n")
    git(tree, "add", "-A")
    git(tree, "-c", "core.fsync=none", "commit", "-q", "-m", "all")
    return tree


async def opened(tree: Path) -> Repository:
    """The repository as a worker has it."""
    return await GitBackend().open(
        OpenOptions(
            path=tree,
            remote=None,
            ignore=(),
            on_conflict=(("*", "keep-both"),),
            commit_hooks=False,
            machine="bench",
            host="bench",
            slots=Slots(4),
            environment=dict(os.environ),
        )
    )


async def settled(tree: Path, repository: Repository) -> None:
    """Let the backend write the index once, as in everyday life, where nobody else does."""
    time.sleep(1.2)  # it keeps away from an index that somebody wrote a moment ago
    for _ in range(2):
        change(tree, f"settle {time.time()}")
        await look_and_commit(repository, [])


def change(tree: Path, text: str) -> None:
    """Change one file, and let it come to rest."""
    (tree / "d0" / "f0").write_text(f"{text}\n")
    time.sleep(0.05)


async def look_and_commit(repository: Repository, spent: list[float]) -> None:
    """What the worker does about one hint."""
    look = await repository.look(frozenset({b"d0/f0"}))
    begin = used()
    commit = await repository.commit(look, message)
    spent.append(used() - begin)
    assert commit


async def message(_changes: tuple[Change, ...]) -> str:
    """Any message."""
    return "bench\n"


async def plumbing(tree: Path) -> None:
    """The cheapest sequence of git commands (docs: git's cost of one changed file)."""
    options = ("-c", "core.fsync=all", "-c", "core.fsmonitor=false")
    git(tree, *options, "update-index", "-z", "--add", "--remove", "--stdin", stdin=b"d0/f0\0")
    written = git(tree, *options, "write-tree")
    made = git(tree, *options, "commit-tree", written, "-p", "HEAD", "-m", "bench")
    git(tree, *options, "update-ref", "refs/heads/main", made)


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What a git command that must succeed prints."""
    finished = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=stdin, check=True, capture_output=True
    )
    return finished.stdout.decode().strip()


async def cost(work: Callable[[], Awaitable[None]]) -> float:
    """CPU seconds of this process and its children."""
    begin = used()
    await work()
    return used() - begin


def used() -> float:
    """CPU seconds used so far."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
