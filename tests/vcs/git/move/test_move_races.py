"""Programs write while updates come in: nothing is lost, and every update completes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.git.mover import Moved, forget, sweep
from autosyncd.vcs.tree.syscalls import NO_ABILITIES, Abilities
from tests.extent import extent
from tests.vcs.git.move.playground import Content, Name, Playground
from tests.vcs.git.move.writers import PAUSE, STYLES

ROOT = Path(__file__).parents[4]
ROUNDS = {"able": extent(300, 30), "unable": extent(24, 8)}
LOOKS = 24

FITTING = 5
"""How many updates fit in between two edits at most, however slow the machine is."""


@contextmanager
def writers(repo: Playground, logs: Path, pause: float) -> Iterator[None]:
    """One program for each style, each at a file of its own; at most `pause` seconds apart."""
    program = (sys.executable, str(Path(__file__).with_name("writers.py")))
    processes = [
        subprocess.Popen([*program, str(repo.path(style)), style, str(logs / style), str(pause)])
        for style in STYLES
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(60) for process in processes] == [0] * len(processes)


class Remote:
    """Incoming updates, and what a user's edits become in the meantime."""

    def __init__(self, repo: Playground, crowd: int = 0) -> None:
        """Each update changes `crowd` more files, which keep it busy for a while."""
        self.repo = repo
        self.seen: set[str] = set()
        self.texts = dict.fromkeys(STYLES, "start\n")
        self._crowd, self._number = crowd, 0
        self.head = repo.start(self._files(self.texts))

    def _files(self, texts: dict[str, str]) -> dict[Name, Content]:
        """The same, as what a commit can hold."""
        tree: dict[Name, Content] = {}
        tree.update(texts.items())
        tree.update((f"crowd/{one}", f"{self._number}\n") for one in range(self._crowd))
        return tree

    def incoming(self, number: int) -> dict[str, str]:
        """What the next update has: whatever was known here, and a line of the remote's."""
        return {style: f"{text}remote-{number}\n" for style, text in self.texts.items()}

    def commit_edits(self, paths: Sequence[bytes]) -> None:
        """Commit what is in the tree at these paths, as the daemon does; here: HEAD and index."""
        for path in paths:
            text = self.repo.read(path)
            self.seen |= set(text.split("\n"))
            self.texts[os.fsdecode(path)] = text
        self.head = self.repo.commit(self.head, self._files(self.texts))
        self.repo.run("update-ref", "refs/heads/main", self.head)
        self.repo.run("read-tree", self.head)

    async def update(self, number: int, abilities: Abilities | None) -> None:
        """One update, until it is complete: what is skipped gets committed, and merged."""
        limit = time.monotonic() + 240
        target, before = self.incoming(number), self._number
        while True:
            assert time.monotonic() < limit, "the update never completes"
            self._number = number
            new = self.repo.commit(self.head, self._files(target))
            moved = await self._attempt(new, abilities)
            if moved.done:
                break
            self._number = before
            self.commit_edits([skipped.path for skipped in moved.skipped])
            target = {style: merged(self.texts[style], target[style]) for style in STYLES}
        self.head, self.texts = new, target
        self.seen |= {line for text in target.values() for line in text.split("\n")}

    async def room(self, number: int, abilities: Abilities | None) -> float:
        """Seconds between two edits at most that leave room for updates, found by one in calm."""
        began = time.monotonic()
        await self.update(number, abilities)
        return FITTING * (time.monotonic() - began)

    async def _attempt(self, new: str, abilities: Abilities | None) -> Moved:
        try:
            return await self.repo.move(self.head, new, abilities=abilities)
        except RetryError:
            return Moved(done=False)

    async def sweep(self) -> None:
        """Late writes are a user's version like any other."""
        for late in await sweep(self.repo.git, self.repo.layout, grace=0):
            self.seen |= set(self.repo.run("cat-file", "blob", late.oid).split("\n"))
            forget(late)


def merged(ours: str, theirs: str) -> str:
    """All lines of ours, then those of theirs that ours has not."""
    known = set(ours.splitlines())
    return ours + "".join(f"{line}\n" for line in theirs.splitlines() if line not in known)


def in_logs(logs: Path) -> set[str]:
    """All lines that surely reached their files."""
    return {line for log in logs.iterdir() for line in log.read_text().splitlines()}


def in_tree(repo: Playground) -> set[str]:
    """All lines that are in their files now."""
    return {line for style in STYLES for line in repo.read(style).splitlines()}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ability", ROUNDS)
async def test_writers_in_all_styles_lose_nothing(
    repo: Playground, tmp_path: Path, ability: str
) -> None:
    abilities, rounds = {"able": None, "unable": NO_ABILITIES}[ability], ROUNDS[ability]
    remote, logs = Remote(repo), tmp_path / "logs"
    logs.mkdir()
    with writers(repo, logs, max(PAUSE, await remote.room(rounds, abilities))):
        for number in range(rounds):
            await remote.update(number, abilities)
            await remote.sweep()
    await remote.sweep()
    written = in_logs(logs)
    assert len(written) > rounds
    assert written - remote.seen - in_tree(repo) == set()
    assert f"remote-{rounds - 1}" in remote.seen


async def test_a_reader_sees_only_whole_versions_and_never_none(repo: Playground) -> None:
    size = 5000
    head = repo.start({"a": "0\n" * size, "d/b": "0\n" * size})
    reader = Reader([repo.path("a"), repo.path("d/b")], size)
    with reader:
        for number in range(1, LOOKS):
            new = repo.commit(head, {"a": f"{number}\n" * size, "d/b": f"{number}\n" * size})
            assert (await repo.move(head, new)).done
            head = new
    assert reader.complaints == []
    assert reader.versions > 1


class Reader:
    """Reads files all the time, in a thread of its own."""

    def __init__(self, paths: list[Path], lines: int) -> None:
        self.complaints: list[str] = []
        self._paths, self._lines = paths, lines
        self._seen: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def versions(self) -> int:
        return len(self._seen)

    def _run(self) -> None:
        while not self._stop.is_set():
            for path in self._paths:
                self._look(path)

    def _look(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            self.complaints.append(str(error))
            return
        line = content.partition(b"\n")[0]
        # One comparison: what is tested runs in this process, and must get its turn.
        if content != (line + b"\n") * self._lines:
            self.complaints.append(f"{path.name}: {len(content)} bytes, {set(content.split())}")
        self._seen.add(line)
