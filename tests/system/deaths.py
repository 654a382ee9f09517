"""Real daemons against kill -9: people write on two machines, and the daemons die all the time."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system.machines import QUICK, Machine, bare_remote, git, tree_of, until
from tests.system.random_edits import Editor

CONFIG = QUICK + "  max_delete: 100%\nrepositories:\n  - ~/docs\n"


@contextmanager
def pair(folder: Path) -> Iterator[tuple[Machine, Machine]]:
    """Two machines with clones of one remote, which nothing outlives."""
    remote = bare_remote(folder)
    machines = Machine(folder, "laptop"), Machine(folder, "desktop")
    for machine in machines:
        machine.clone(remote)
    try:
        yield machines
    finally:
        for machine in machines:
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


def survive(machines: tuple[Machine, Machine], deaths: int, seed: int) -> str:
    """Kill daemons at so many random moments; raises AssertionError if anything is lost, torn, or
    not the same on both machines in the end. Returns what there is to tell."""
    chance = random.Random(seed)
    docs = [machine.home / "docs" for machine in machines]
    typists = [Typist(folder, machine.name) for folder, machine in zip(docs, machines, strict=True)]
    editors = [
        Editor(folder, machine.name, seed + number)
        for number, (folder, machine) in enumerate(zip(docs, machines, strict=True))
    ]
    for machine in machines:
        machine.start(CONFIG)
    for _ in range(deaths):
        for _ in range(chance.randrange(1, 6)):
            chance.choice(editors).edit()
            chance.choice(typists).write()
        time.sleep(chance.random())  # the moment of the kill: any will do
        victim = chance.choice(machines)
        kill(victim, everything=chance.random() < 0.5)
        chance.choice(typists).write()
        victim.start()
    until(lambda: all_in_step(machines), "both machines are in step", limit=100)
    _check(machines, docs, typists)
    return f"{deaths} daemons killed, 0 of {sum(len(t.tokens) for t in typists)} lines lost"


def _check(machines: tuple[Machine, Machine], docs: list[Path], typists: list[Typist]) -> None:
    laptop, desktop = (tree_of(folder) for folder in docs)
    assert laptop == desktop
    everything = b"".join(data for _, data in laptop.values())
    lost = [token for one in typists for token in one.tokens if token.encode() not in everything]
    assert not lost
    assert b"<<<<<<<" not in everything
    for folder, machine in zip(docs, machines, strict=True):
        check_sound(folder)
        assert "Traceback" not in machine.diary()
