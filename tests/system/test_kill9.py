"""kill -9 at any moment: nothing is lost, nothing is torn, and all machines converge."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, bare_remote, git, tree_of, until
from tests.system.random_edits import Editor

ROUNDS = int(os.environ.get("AUTOSYNC_KILL_ROUNDS", "12"))
SEED = os.environ.get("AUTOSYNC_KILL_SEED")
CONFIG = QUICK + "  max_delete: 100%\nrepositories:\n  - ~/docs\n"

pytestmark = [pytest.mark.system, pytest.mark.timeout(120 + 20 * ROUNDS)]


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare_remote(tmp_path)


@pytest.fixture
def machines(tmp_path: Path, remote: Path) -> Iterator[tuple[Machine, Machine]]:
    pair = Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop")
    for machine in pair:
        machine.clone(remote)
    yield pair
    for machine in pair:
        machine.stop(signal.SIGKILL)


def children_of(daemon: int) -> list[int]:
    """All programs that a daemon has started, by the mark that they carry."""
    mark, found = f"AUTOSYNC_CHILD_OF={daemon}.".encode(), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill(machine: Machine, *, everything: bool) -> None:
    """The daemon alone, or, as the power button does it, all that it had started, too."""
    assert machine.process
    daemon = machine.process.pid
    machine.stop(signal.SIGKILL)
    for child in children_of(daemon) if everything else ():
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


class Typist:
    """Writes tokens that nobody ever takes away: in files of its own, and in one of all."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self.tokens: list[str] = []

    def write(self) -> None:
        token = f"<{self._name}-{len(self.tokens)}>"
        with (self._folder / "shared.md").open("a") as file:
            file.write(token + "\n")
        with (self._folder / f"own-{self._name}.md").open("a") as file:
            file.write(token + "\n")
        self.tokens.append(token)


def all_in_step(machines: tuple[Machine, Machine]) -> bool:
    heads = {git(machine.home / "docs", "for-each-ref", "refs/heads/main") for machine in machines}
    return len(heads) == 1 and all(machine.in_step() for machine in machines)


def check_sound(docs: Path) -> None:
    """git finds nothing wrong, and nothing is left in the middle of anything."""
    assert git(docs, "status", "--porcelain") == ""
    git(docs, "fsck", "--strict", "--no-dangling")
    control = docs / ".git"
    for name in ("MERGE_HEAD", "rebase-merge", "rebase-apply", "index.lock", "autosync/journal"):
        assert not (control / name).exists(), name


def test_kill_9_at_random_moments_loses_nothing(machines: tuple[Machine, Machine]) -> None:
    seed = int(SEED) if SEED else random.randrange(1_000_000)
    print(f"AUTOSYNC_KILL_SEED={seed} AUTOSYNC_KILL_ROUNDS={ROUNDS}")
    chance = random.Random(seed)
    docs = [machine.home / "docs" for machine in machines]
    typists = [Typist(folder, machine.name) for folder, machine in zip(docs, machines, strict=True)]
    editors = [
        Editor(folder, machine.name, seed + number)
        for number, (folder, machine) in enumerate(zip(docs, machines, strict=True))
    ]
    for machine in machines:
        machine.start(CONFIG)
    for _ in range(ROUNDS):
        for _ in range(chance.randrange(1, 6)):
            chance.choice(editors).edit()
            chance.choice(typists).write()
        time.sleep(chance.random())  # the moment of the kill: any will do
        victim = chance.choice(machines)
        kill(victim, everything=chance.random() < 0.5)
        chance.choice(typists).write()
        victim.start()
    until(lambda: all_in_step(machines), "both machines are in step", limit=100)
    laptop, desktop = (tree_of(folder) for folder in docs)
    assert laptop == desktop
    everything = b"".join(data for _, data in laptop.values())
    lost = [token for one in typists for token in one.tokens if token.encode() not in everything]
    assert not lost
    assert b"<<<<<<<" not in everything
    for folder, machine in zip(docs, machines, strict=True):
        check_sound(folder)
        assert "Traceback" not in machine.diary()


def test_a_push_that_outlives_its_daemon_is_ended_by_the_next_one(
    machines: tuple[Machine, Machine], remote: Path, tmp_path: Path
) -> None:
    laptop, _ = machines
    docs, begun = laptop.home / "docs", tmp_path / "begun"
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {begun}\nsleep 1000\n")
    hook.chmod(0o755)
    laptop.start(CONFIG)
    (docs / "plan.md").write_text("for tomorrow\n")
    until(begun.exists, "the push hangs at the remote")
    assert laptop.process
    daemon = laptop.process.pid
    kill(laptop, everything=False)
    assert children_of(daemon), "the push lives on"
    hook.unlink()
    laptop.start()
    until(lambda: laptop.in_step(), "the next daemon has pushed it")
    until(lambda: not children_of(daemon), "nothing is left of the dead one")
    assert git(remote, "ls-tree", "--name-only", "main") == "plan.md"
    check_sound(docs)
