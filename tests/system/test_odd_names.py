"""Names that are no text, through the whole of the real programs."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import BIN, QUICK, Machine, bare_remote, git, until

pytestmark = pytest.mark.system

ODD = b"b\xffd 'n\n%41"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    yield made
    made.stop()


def typed(machine: Machine, *words: bytes) -> bytes:
    """What a command that must succeed prints, with words that need not be UTF-8."""
    finished = subprocess.run(
        [os.fsencode(BIN / "autosyncctl"), *words],
        env=machine.environment,
        cwd=machine.home / "docs",
        capture_output=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_a_file_with_such_a_name_has_a_history_and_comes_back(
    tmp_path: Path, machine: Machine
) -> None:
    docs = machine.clone(bare_remote(tmp_path))
    file = docs / os.fsdecode(ODD)
    file.write_text("one\n")
    (docs / "other").write_text("x")
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    until(lambda: machine.repository()["last_push"] is not None, "it is pushed")
    first = git(docs, "rev-parse", "HEAD")
    file.unlink()
    typed(machine, b"sync")
    until(lambda: git(docs, "rev-parse", "HEAD") != first, "its deletion is committed")
    assert typed(machine, b"history", ODD).count(b"(") == 2
    said = typed(machine, b"restore", ODD, b"--at", first.encode())
    assert b"b\\xffd 'n\\n%41 from " in said
    assert file.read_text() == "one\n"
    typed(machine, b"restore", ODD, b"--at", first.encode(), b"--output", b"../o\xff")
    assert (machine.home / os.fsdecode(b"o\xff")).read_text() == "one\n"
