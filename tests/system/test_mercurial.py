"""Two machines, two homes, one shared Mercurial repository, and no hand that runs hg."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, tree_of, until
from tests.system.random_edits import ODD_NAMES, Editor

pytestmark = pytest.mark.system

CONFIG = QUICK + "  max_delete: 100%\nrepositories:\n  - ~/docs\n"
EDITS = 40
LIMIT = 110.0
NAMES = [name for name in ODD_NAMES if b"\n" not in name]


def hg(machine: Machine, folder: Path, *arguments: str) -> str:
    """What an hg command of the machine's user says."""
    finished = subprocess.run(
        ["hg", "-R", str(folder), *arguments],
        env={**machine.environment, "HGPLAIN": "1"},
        capture_output=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr.decode()
    return os.fsdecode(finished.stdout)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    pair = (Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop"))
    shared = tmp_path / "shared"
    subprocess.run(["hg", "init", str(shared)], check=True)
    for machine in pair:
        (machine.home / ".hgrc").write_text(f"[ui]\nusername = {machine.name}\n")
        hg(machine, shared, "clone", "-q", str(shared), str(machine.home / "docs"))
    yield pair
    for machine in pair:
        machine.stop()


def in_step(machines: tuple[Machine, Machine], shared: Path) -> bool:
    """Whether both say that they rest at one commit, and the shared repository has just that."""
    if not all(machine.in_step() for machine in machines):
        return False
    heads = {machine.repository()["in_step"]["commit"] for machine in machines}
    return heads == {hg(machines[0], shared, "log", "-r", "tip", "-T", "{node}")}


def everything_of(machine: Machine) -> str:
    return f"{machine.name}: {machine.ctl('status').stdout}\n{machine.diary()}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_random_edits_and_a_conflict_end_in_the_same_tree_everywhere(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    laptop, _ = machines
    for machine in machines:
        machine.start(CONFIG)
    editors = [
        Editor(machine.home / "docs", machine.name, seed + i, NAMES)
        for i, machine in enumerate(machines)
    ]
    rhythm = random.Random(seed)
    for number in range(EDITS):
        rhythm.choice(editors).edit()
        if number == EDITS // 2:
            for machine in machines:
                (machine.home / "docs" / "both.txt").write_text(f"{machine.name} was here\n")
        time.sleep(rhythm.choice([0, 0.02, 0.2]))  # the rhythm of typing, nothing is awaited
    shared = tmp_path / "shared"
    try:
        until(lambda: in_step(machines, shared), "both are in step", limit=LIMIT)
    except AssertionError:
        print(*map(everything_of, machines))
        raise
    trees = [tree_of(machine.home / "docs") for machine in machines]
    assert trees[0] == trees[1]
    both = {content for path, (_, content) in trees[0].items() if path.startswith(b"both")}
    assert both == {b"laptop was here\n", b"desktop was here\n"}
    for machine in machines:
        docs = machine.home / "docs"
        assert hg(machine, docs, "status") == ""
        shown = ("log", "-r", "head() and not secret()", "-T", "{node}")
        assert len(hg(machine, docs, *shown)) == 40, "no other head can be pushed"
        assert not (docs / ".hg" / "merge").exists()
        assert machine.repository()["vcs"] == "hg"
        assert "Traceback" not in machine.diary()
    hg(laptop, shared, "verify", "-q")
    assert laptop.ctl("conflicts", "docs").stdout.count("both.conflict-") >= 1
    newest = laptop.ctl("history", "docs", "-n", "1").stdout
    assert "laptop" in newest or "desktop" in newest or "merge" in newest


def test_a_folder_is_added_and_a_conflict_settled_by_command(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    laptop, desktop = machines
    for machine in machines:
        machine.start(QUICK + "repositories: []\n")
        added = machine.ctl("add", str(machine.home / "docs"))
        assert added.returncode == 0, added.stderr + machine.diary()
        assert machine.repository()["vcs"] == "hg"
    todo = [machine.home / "docs" / "todo.txt" for machine in machines]
    todo[0].write_text("first\n")
    until(todo[1].exists, f"it arrives\n{everything_of(laptop)}\n{everything_of(desktop)}")
    for machine in machines:
        assert machine.ctl("pause", "docs").returncode == 0
    for machine, file in zip(machines, todo, strict=True):
        file.write_text(f"{machine.name}\n")
    for machine in machines:
        assert machine.ctl("resume", "docs").returncode == 0
    shared = tmp_path / "shared"
    both = ("laptop\n", "desktop\n")

    def conflicting() -> bool:
        copies = list(todo[0].parent.glob("todo.conflict-*"))
        return len(copies) == 1 and in_step(machines, shared)

    until(conflicting, "both versions are everywhere", limit=LIMIT)
    [copy] = todo[0].parent.glob("todo.conflict-*")
    assert {todo[0].read_text(), copy.read_text()} == set(both)
    other = copy.read_text()
    diff = laptop.ctl("conflicts", "--diff", str(todo[0])).stdout
    assert all(f"{sign}{name}" in diff for sign, name in (("-", todo[0].read_text()), ("+", other)))
    kept = laptop.ctl("conflicts", "--keep", "other", str(todo[0]))
    assert (kept.returncode, todo[0].read_text(), copy.exists()) == (0, other, False), kept.stderr
    until(lambda: todo[1].read_text() == other, "the other machine has it too")
    until(lambda: in_step(machines, shared), "both are in step", limit=LIMIT)
    history = laptop.ctl("history", str(todo[0])).stdout
    assert "add todo.txt" in history
    assert "update todo.txt" in history
    first = hg(laptop, todo[0].parent, "log", "-r", "min(file('path:todo.txt'))", "-T", "{node}")
    back = laptop.ctl("restore", str(todo[0]), "--at", first)
    assert (back.returncode, todo[0].read_text()) == (0, "first\n"), back.stderr
    until(lambda: todo[1].read_text() == "first\n", "what was restored arrives")


def test_what_is_held_waits_and_the_rest_goes_on(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    laptop, _ = machines
    laptop.start(QUICK + "  max_file_size: 1KB\nrepositories:\n  - ~/docs\n")
    docs, shared = laptop.home / "docs", tmp_path / "shared"
    for number in range(30):
        (docs / f"note-{number}").write_text(f"{number}\n")
    (docs / "large").write_bytes(b"x" * 2000)
    (docs / "secret").write_text("ghp_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC3eF6" + "\n")
    until(laptop.in_step, "the rest is pushed")
    until(lambda: laptop.repository()["held"] == 2, "two are held")

    def there() -> str:
        return hg(laptop, shared, "manifest", "-r", "tip")

    assert "note-29" in there()
    assert "large" not in there()
    assert "secret" not in there()
    assert laptop.ctl("approve", "docs", str(docs / "large")).returncode == 0
    until(lambda: "large" in there(), "what was approved is pushed")
    for number in range(25):
        (docs / f"note-{number}").unlink()
    until(lambda: laptop.repository()["held"] >= 2, "the deletion waits")
    (docs / "new").write_text("n\n")
    assert "note-0\n" in there()
    assert laptop.ctl("approve", "docs").returncode == 0
    until(lambda: "note-0\n" not in there(), "the deletion is pushed")
    until(lambda: "new" in there(), "and what was written meanwhile")
