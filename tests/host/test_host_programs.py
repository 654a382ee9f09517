"""Who has files of a repository open is told, if it is cheap to tell."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.host import programs
from autosyncd.host.programs import holders

HOLD = """
import os, subprocess, sys
file = open(sys.argv[1], "a")
child = subprocess.Popen(["tail", "-f", sys.argv[1]], stdout=subprocess.DEVNULL)
print("open", flush=True)
sys.stdin.read()
child.kill()
child.wait()
"""


@contextmanager
def held(file: Path) -> Iterator[None]:
    """A Python, our child, and `tail`, our grandchild, have the file open."""
    command = [sys.executable, "-c", HOLD, str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"open\n"
        yield
        process.stdin.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for a program that was just started."""
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_program_with_a_file_open_is_named_but_not_what_we_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "BUDGET", 60.0)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs-too").mkdir()
    with held(tmp_path / "docs" / "note"):
        until(lambda: holders(bytes(tmp_path / "docs")) == ("tail",))
        assert holders(bytes(tmp_path / "docs-too")) == ()
    assert holders(bytes(tmp_path / "docs")) == ()


def test_without_time_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "BUDGET", -1.0)
    with held(tmp_path / "note"):
        assert holders(bytes(tmp_path)) == ()
