"""Programs that write all the time at a working copy into which a daemon takes updates."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.base import Backend
from tests.daemon.house import House, house, quick
from tests.torture.machine import Machine, run_git
from tests.torture.taps import impatient
from tests.vcs.git.move.writers import PAUSE, STYLES

ROOT = Path(__file__).parents[2]
SPACE = "".join(f"line {number}\n" for number in range(5))
ROUND_LIMIT = 30.0
"""Seconds after which an update that is refused again and again counts as stuck."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the lines that the programs wrote, and of the updates."""

    written: int
    lost: frozenset[str]
    """In no version that git keeps."""
    hidden: frozenset[str]
    """Only in history, though nobody who saw them removed them."""
    rounds: int
    stuck: int

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, and nothing stood in the way of an update."""
        return not (self.lost or self.hidden or self.stuck)

    def __str__(self) -> str:
        return (
            f"{len(self.lost)} of {self.written} lines lost, {len(self.hidden)} only in history; "
            f"{self.stuck} of {self.rounds} updates stuck"
        )


class Scene:
    """A daemon's working copy `tree`, and a `peer` that pushes to the same remote."""

    def __init__(self, place: Path) -> None:
        self.remote = place / "remote.git"
        run_git(place, "init", "-q", "--bare", "-b", "main", str(self.remote))
        self.peer = Machine(place / "peer", self.remote)
        self.tree = place / "tree"
        self._place = place
        self._asked: tuple[str, str] | None = None

    async def begin(self, files: dict[str, str]) -> None:
        """Push the first versions, and clone them."""
        self.write(files)
        await self.peer.sync()
        run_git(self._place, "clone", "-q", str(self.remote), str(self.tree))

    def write(self, files: dict[str, str]) -> None:
        """The peer's user writes."""
        for name, text in files.items():
            path = self.peer.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @asynccontextmanager
    async def living(self, backend: Backend | None = None) -> AsyncIterator[House]:
        """The daemon at work."""
        backends = (backend,) if backend else None
        with impatient():
            settings = quick(self.tree, settle=0.2, push_delay=0.3, pull_interval=0.2)
            async with house(self._place, [settings], backends) as home:
                await home.until_state("tree", "idle", "settling", "syncing", "waiting")
                yield home

    async def push(self) -> str:
        """What the peer's user wrote goes to the remote; returns the commit."""
        await self.peer.sync()
        return self.peer.head

    async def arrive(self, home: House, commit: str, limit: float = ROUND_LIMIT) -> bool:
        """Wait until the working copy has a commit; False if it does not get there in time."""
        try:
            await home.until(lambda: self._contains(commit), limit)
        except TimeoutError:
            return False
        return True

    def _contains(self, commit: str) -> bool:
        """Whether it is in HEAD's history; git is asked only when HEAD has moved."""
        head = (self.tree / ".git/refs/heads/main").read_text()
        if (head, commit) == self._asked:
            return False
        self._asked = head, commit
        argv = ["git", "-C", str(self.tree), "merge-base", "--is-ancestor", commit, "HEAD"]
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0

    async def come_to_rest(self, home: House) -> None:
        """All that was written is committed, merged and looked after on both sides."""
        displaced = self.tree / ".git" / "autosync" / "displaced"
        await home.until(lambda: not any(displaced.glob("*")), limit=30)
        for _ in range(3):
            await home.daemon.sync(["tree"], wait=True)
            await self.peer.sync()
        assert self.peer.head == run_git(self.tree, "rev-parse", "HEAD")


@contextmanager
def writing(tree: Path, logs: Path, pause: float) -> Iterator[None]:
    """One program for each style, each at a file of its own, with pauses of so many seconds at
    most."""
    logs.mkdir()
    program = (sys.executable, str(ROOT / "tests/vcs/git/move/writers.py"))
    processes = [
        subprocess.Popen([*program, str(tree / style), style, str(logs / style), str(pause)])
        for style in STYLES
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        codes = [process.wait(60) for process in processes]
    assert not any(codes)


async def writers_against_updates(
    place: Path,
    rounds: int,
    backend: Backend | None = None,
    *,
    others: int = 0,
    limit: float = ROUND_LIMIT,
    pause: float = PAUSE,
) -> Tally:
    """Five programs write while `rounds` updates come in; returns what became of all that.

    Each update changes `others` more files, so that git's own merge is busy for a while.
    """
    scene, logs, stuck = Scene(place), place / "logs", 0
    crowd = [f"crowd/{number}" for number in range(others)]
    await scene.begin(dict.fromkeys(STYLES, SPACE) | dict.fromkeys(crowd, SPACE))
    async with scene.living(backend) as home:
        with writing(scene.tree, logs, pause):
            for number in range(rounds):
                _add_line(scene.peer.root, f"remote-{number}\n")
                scene.write(dict.fromkeys(crowd, f"{SPACE}{number}\n"))
                arrived = await scene.arrive(home, await scene.push(), limit)
                stuck += not arrived
        await scene.come_to_rest(home)
    written = {line for log in logs.iterdir() for line in log.read_text().splitlines()}
    hidden = written - _visible(scene.tree)
    lost = hidden - _history(scene.remote) if hidden else hidden
    return Tally(len(written), frozenset(lost), frozenset(hidden), rounds, stuck)


def _add_line(root: Path, line: str) -> None:
    for style in STYLES:
        path = root / style
        path.write_text(line + path.read_text())


def _visible(tree: Path) -> set[str]:
    """All lines in the working tree, conflict copies included."""
    files = [path for path in tree.iterdir() if path.is_file()]
    return {line for path in files for line in path.read_text().splitlines()}


def _history(remote: Path) -> set[str]:
    """All lines of all versions that the remote keeps."""
    listed = run_git(remote, "rev-list", "--objects", "--all").splitlines()
    asked = "\n".join(line.split(" ", 1)[0] for line in listed).encode()
    argv = ["git", "-C", str(remote), "cat-file", "--batch", "--buffer"]
    out = subprocess.run(argv, input=asked, capture_output=True, check=True).stdout
    return set(os.fsdecode(out).split("\n"))
