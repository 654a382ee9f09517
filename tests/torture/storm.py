"""A whole daemon in a storm: tar unpacks as fast as it can into one watched tree, on and on, until
saves in another repository have been committed beside it."""

import os
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.system.machines import Machine, bare_remote, git, until

BATCH = 2_000
SAVES = 3
MAX_SETTLE = 30.0
CONFIG = f"""\
defaults:
  settle: 500ms
  max_settle: {MAX_SETTLE:g}s
  push_delay: 100ms
  pull_interval: 0
repositories:
  - ~/docs
  - ~/calm
"""


@dataclass(frozen=True, slots=True)
class Storm:
    """What came of it. Memory in MiB, times in seconds; `saves` are those beside the storm, from
    the write to the commit."""

    files: int
    commits: int
    blowing: float
    whole: float
    before: float
    most: float
    saves: tuple[float, ...]

    def __str__(self) -> str:
        saves = ", ".join(f"{one:.2f}" for one in self.saves)
        return (
            f"{self.files} files by tar in {self.blowing:.1f} s: {self.commits} commits, pushed"
            f" after {self.whole:.1f} s; {self.before:.0f} MiB before, {self.most:.0f} MiB at most;"
            f" saves beside it committed after {saves} s"
        )


def storm(folder: Path, files: int, limit: float) -> Storm:
    """Have one, with at least so many files; each wait ends after `limit` seconds.

    Raises AssertionError if a file was missed or a save waited for the storm.
    """
    archive = _archive(folder / "files.tar")
    machine = Machine(folder, "laptop")
    docs, calm = (_cloned(machine, folder, name) for name in ("docs", "calm"))
    try:
        machine.start(CONFIG)
        until(machine.in_step, f"both are in step\n{machine.diary()}", limit)
        before = _memory(machine, "VmRSS")
        began = time.monotonic()
        with _blowing(archive, docs, files // BATCH) as whole:
            saves = tuple(_save(machine, calm, number, limit) for number in range(SAVES))
            until(whole.is_set, "all is unpacked", limit)
        blowing = time.monotonic() - began
        until(lambda: _count(docs) == files, f"all is committed\n{machine.diary()}", limit, 0.2)
        until(machine.in_step, f"all is pushed\n{machine.diary()}", limit)
        whole_time, most = time.monotonic() - began, _memory(machine, "VmHWM")
    finally:
        machine.stop()
    assert git(docs, "status", "--porcelain") == ""
    assert git(folder / "docs.git", "rev-parse", "main:") == git(docs, "rev-parse", "HEAD:")
    commits = int(git(docs, "rev-list", "--count", "HEAD")) - 1
    return Storm(files, commits, blowing, whole_time, before, most, saves)


def _archive(place: Path) -> Path:
    with tarfile.open(place, "w") as archive:
        for number in range(BATCH):
            entry = tarfile.TarInfo(f"d{number // 100}/sub/f{number}")
            content = b"%d\n" % number
            entry.size, entry.mtime = len(content), int(time.time())
            archive.addfile(entry, BytesIO(content))
    return place


def _cloned(machine: Machine, folder: Path, name: str) -> Path:
    """A repository with a remote of its own, and one commit."""
    bare_remote(folder).rename(folder / f"{name}.git")
    tree = machine.clone(folder / f"{name}.git", name)
    (tree / "readme").write_text("hello\n")
    git(tree, "add", "-A")
    git(tree, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first")
    git(tree, "push", "-q", "-u", "origin", "HEAD:main")
    return tree


@contextmanager
def _blowing(archive: Path, tree: Path, batches: int) -> Iterator[threading.Event]:
    """Unpack into so many new folders, which sets the event, and then into the first one again and
    again, until the block ends."""
    whole, over = threading.Event(), threading.Event()

    def unpack() -> None:
        number = 0
        while not (whole.is_set() and over.is_set()):
            target = tree / f"b{number if number < batches else 0}"
            target.mkdir(exist_ok=True)
            subprocess.run(["tar", "-xf", archive, "-C", target], check=True)
            number += 1
            if number == batches:
                whole.set()

    thread = threading.Thread(target=unpack)
    thread.start()
    try:
        yield whole
    finally:
        over.set()
        whole.wait()
        thread.join()


def _save(machine: Machine, calm: Path, number: int, limit: float) -> float:
    """Seconds from a write to its commit."""
    began = time.monotonic()
    (calm / "note").write_text(f"{number}\n")
    until(lambda: _has(calm, number), f"a save is committed\n{machine.diary()}", limit)
    return time.monotonic() - began


def _has(calm: Path, number: int) -> bool:
    shown = ["git", "-C", os.fspath(calm), "show", "HEAD:note"]
    return subprocess.run(shown, capture_output=True, check=False).stdout == b"%d\n" % number


def _count(docs: Path) -> int:
    """How many of the files the last commit has."""
    return git(docs, "ls-tree", "-r", "--name-only", "HEAD").count("/f")


def _memory(machine: Machine, name: str) -> float:
    assert machine.process
    status = Path(f"/proc/{machine.process.pid}/status").read_text()
    return (
        next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024
    )
