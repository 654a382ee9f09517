"""`make bench` works: tried with next to nothing to measure."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.channels.sshd import sshd_program

ROOT = Path(__file__).parents[2]


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(600)
def test_every_measurement_has_its_yardstick_and_its_row() -> None:
    if shutil.which("gcc") is None and os.environ.get("CI") != "true":
        pytest.skip("gcc is not installed here")
    command = [sys.executable, "-m", "bench", "--sizes", "100", "--rounds", "1"]
    command += ["--repositories", "2", "--seconds", "0.5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines() if line.startswith("| ")]
    named = {
        row[0].strip(): float(row[4])
        for row in rows
        if len(row) == 6 and row[4].strip()[0:1].isdigit()
    }
    assert set(named) == {
        "place watches (folders)",
        "storm (files made)",
        "save → commit (CPU)",
        "save → commit (wall)",
        "save → other machine (wall)",
        "save → other machine (CPU)",
        *(("save → other machine by ssh (wall)",) if sshd_program() else ()),
        "autosyncctl status (wall)",
        "autosyncctl --json status (wall)",
    }
    assert all(ratio > 0 for ratio in named.values())
    assert rows[-1][0].strip() == "2"
