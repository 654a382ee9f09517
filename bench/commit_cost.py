"""What one changed file costs in CPU, against the bare git commands, in trees of several sizes."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from autosyncd.process import Slots
from autosyncd.vcs.base import Change, OpenOptions, Repository
from autosyncd.vcs.git.backend import GitBackend
from bench.measure import Row, compared, fewer, git, scratch, used

PER_FOLDER = 100


async def costs(size: int, rounds: int) -> tuple[Row, ...]:
    """The medians of alternating rounds in the same run."""
    with scratch(Path(tempfile.gettempdir())) as folder:
        tree = make_tree(folder / "ours", size)
        other = make_tree(folder / "bare", size)
        repository = await opened(tree)
        bare: list[float] = []
        ours: list[float] = []
        await settled(tree, repository)
        for number in range(fewer(rounds, size)):
            change(other, f"bare {number}")
            begin = used()
            plumbing(other)
            bare.append(used() - begin)
            change(tree, f"ours {number}")
            begin = used()
            await look_and_commit(repository)
            ours.append(used() - begin)
    return (compared("save → commit (CPU)", size, bare, ours),)


def make_tree(folder: Path, size: int) -> Path:
    """A repository with `size` small files, committed."""
    tree = folder
    subprocess.run(["git", "init", "-q", "-b", "main", str(tree)], check=True)
    git(tree, "config", "user.name", "bench")
    git(tree, "config", "user.email", "bench@example.org")
    git(tree, "config", "gc.auto", "0")
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
        await look_and_commit(repository)


def change(tree: Path, text: str) -> None:
    """Change one file, and let it come to rest."""
    (tree / "d0" / "f0").write_text(f"{text}\n")
    time.sleep(0.05)


async def look_and_commit(repository: Repository) -> None:
    """What the worker does about one hint."""
    look = await repository.look(frozenset({b"d0/f0"}))
    assert await repository.commit(look, message)


async def message(_changes: tuple[Change, ...]) -> str:
    """Any message."""
    return "bench\n"


def plumbing(tree: Path) -> None:
    """The cheapest sequence of git commands (docs: git's cost of one changed file)."""
    options = ("-c", "core.fsync=all", "-c", "core.fsmonitor=false")
    git(tree, *options, "update-index", "-z", "--add", "--remove", "--stdin", stdin=b"d0/f0\0")
    written = git(tree, *options, "write-tree")
    made = git(tree, *options, "commit-tree", written, "-p", "HEAD", "-m", "bench")
    git(tree, *options, "update-ref", "refs/heads/main", made)
