"""The kernel's queue of events really overflows, and nothing is missed."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, bare_remote, git, until

pytestmark = [pytest.mark.system, pytest.mark.once]


def overfill(folder: Path) -> None:
    """More events than the kernel keeps; two files in turn, since equal ones in a row are one."""
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    one, two = os.fsencode(folder / "one"), os.fsencode(folder / "two")
    for number in range(kept // 2 + 100):
        os.utime(one, (number, number))
        os.utime(two, (number, number))


def committed(docs: Path) -> set[str]:
    return set(git(docs, "ls-tree", "-r", "--name-only", "HEAD").split())


def test_what_happened_after_an_overflow_is_committed_and_watched(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "laptop")
    docs = machine.clone(bare_remote(tmp_path))
    for name in ("one", "two", "old/sub/file", "doomed/file"):
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text("x\n")
    before = {"one", "two", "old/sub/file", "doomed/file"}
    try:
        machine.start(f"{QUICK}repositories: [~/docs]\n")
        until(lambda: machine.in_step() and committed(docs) == before, machine.diary())
        assert machine.process
        machine.process.send_signal(signal.SIGSTOP)
        try:
            overfill(docs)
            (docs / "old").rename(docs / "new")
            shutil.rmtree(docs / "doomed")
            (docs / "made" / "deep").mkdir(parents=True)
            (docs / "made" / "deep" / "file").write_text("x\n")
            (docs / "one").write_text("late\n")
        finally:
            machine.process.send_signal(signal.SIGCONT)
        after = {"one", "two", "new/sub/file", "made/deep/file"}
        until(lambda: committed(docs) == after, machine.diary())
        until(lambda: git(docs, "show", "HEAD:one") == "late", machine.diary())
        until(lambda: machine.repository()["watches"] == 5, machine.diary())
        kept = Path("/proc/sys/fs/inotify/max_queued_events").read_text().strip()
        assert f"than the {kept} events" in machine.diary()
        assert "sysctl fs.inotify.max_queued_events=" in machine.diary()
        until(machine.in_step, machine.diary())
        (docs / "made" / "deep" / "file").write_text("watched\n")
        until(lambda: git(docs, "show", "HEAD:made/deep/file") == "watched", machine.diary())
    finally:
        machine.stop()
