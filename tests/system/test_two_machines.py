"""Two machines, two homes, one remote."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, bare_remote, git, tree_of, until
from tests.system.random_edits import Editor

pytestmark = pytest.mark.system

CONFIG = QUICK + "  max_delete: 100%\nrepositories:\n  - ~/docs\n"
EDITS = 200


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare_remote(tmp_path)


@pytest.fixture
def machines(tmp_path: Path, remote: Path) -> Iterator[tuple[Machine, Machine]]:
    pair = (Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop"))
    for machine in pair:
        machine.clone(remote)
    yield pair
    for machine in pair:
        machine.stop()


def all_in_step(machines: tuple[Machine, ...]) -> bool:
    heads = {git(machine.home / "docs", "for-each-ref", "refs/heads/main") for machine in machines}
    return len(heads) == 1 and all(machine.in_step() for machine in machines)


def test_a_save_on_one_is_on_the_other_a_moment_later(
    machines: tuple[Machine, Machine], remote: Path
) -> None:
    laptop, desktop = machines
    for machine in machines:
        machine.start(CONFIG)
    (laptop.home / "docs" / "todo.md").write_text("buy milk\n")
    copy = desktop.home / "docs" / "todo.md"
    until(lambda: copy.exists() and copy.read_text() == "buy milk\n", "it travels")
    until(lambda: all_in_step(machines), "both say so")
    subject = git(remote, "log", "-1", "--format=%s%n%b", "main")
    assert "docs: add todo.md on" in subject
    assert "Autosync-Host:" in subject
    assert "added: todo.md" in subject


@pytest.mark.slow
def test_two_hundred_random_edits_end_in_the_same_tree_everywhere(
    machines: tuple[Machine, Machine], remote: Path
) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    for machine in machines:
        machine.start(CONFIG)
    editors = [
        Editor(machine.home / "docs", machine.name, seed + i) for i, machine in enumerate(machines)
    ]
    rhythm = random.Random(seed)
    for _ in range(EDITS):
        rhythm.choice(editors).edit()
        time.sleep(rhythm.choice([0, 0, 0.01, 0.05]))  # the rhythm of typing, nothing is awaited
    until(lambda: all_in_step(machines), "both machines are in step", limit=90)
    laptop, desktop = (tree_of(machine.home / "docs") for machine in machines)
    assert laptop == desktop
    assert laptop
    checkout = machines[0].home / "fresh"
    machines[0].git_home("clone", "-q", str(remote), str(checkout))
    assert tree_of(checkout) == laptop
    for machine in machines:
        docs = machine.home / "docs"
        assert git(docs, "status", "--porcelain") == ""
        assert git(docs, "rev-parse", "HEAD") == git(remote, "rev-parse", "main")
        git(docs, "fsck", "--strict", "--no-dangling")
        assert "Traceback" not in machine.diary()


def test_what_changed_while_the_daemon_was_off_is_synced_at_its_start(
    machines: tuple[Machine, Machine],
) -> None:
    laptop, desktop = machines
    (laptop.home / "docs" / "early.txt").write_text("written before the start\n")
    for machine in machines:
        machine.start(CONFIG)
    until(lambda: (desktop.home / "docs" / "early.txt").exists(), "it travels")


def test_an_absent_remote_is_waited_for_and_caught_up_with(
    machines: tuple[Machine, Machine], remote: Path
) -> None:
    laptop, desktop = machines
    for machine in machines:
        machine.start(CONFIG)
    until(lambda: all(m.repository()["state"] == "idle" for m in machines), "both rest")
    away = remote.with_name("unplugged.git")
    remote.rename(away)
    (laptop.home / "docs" / "offline.txt").write_text("written offline\n")
    until(lambda: laptop.repository()["state"] == "offline", "it says so")
    assert laptop.repository()["last_commit"] is not None, "commits go on"
    away.rename(remote)
    assert laptop.ctl("sync").returncode == 0
    until(lambda: (desktop.home / "docs" / "offline.txt").exists(), "it travels")


def test_a_commit_made_by_hand_is_pushed_too(
    machines: tuple[Machine, Machine],
) -> None:
    laptop, desktop = machines
    for machine in machines:
        machine.start(CONFIG.replace("settle: 200ms", "settle: 1s"))
    docs = laptop.home / "docs"
    (docs / "hand.txt").write_text("by hand\n")
    laptop.git_home("-C", "docs", "add", "hand.txt")
    laptop.git_home("-C", "docs", "commit", "-q", "-m", "my own words")
    until(lambda: (desktop.home / "docs" / "hand.txt").exists(), "it travels")
    until(lambda: all_in_step(machines), "both say so")
    assert git(desktop.home / "docs", "log", "-1", "--format=%s") == "my own words"
