"""Starts stories of power cuts, where this machine lets us have a disk to cut off."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.torture.power_disk import MAKE

ROOT = Path(__file__).parents[2]
PRIVATE = ("unshare", "--mount", "--propagation", "private")


def why_not() -> str | None:
    """What keeps us from it; None if nothing does."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    if missing := [make[0] for make in MAKE.values() if shutil.which(make[0]) is None]:
        return f"{' and '.join(missing)} not installed here (`make tools`)"
    tried = subprocess.run([*PRIVATE, "losetup", "--find"], capture_output=True, check=False)
    return "this machine has no loop devices" if tried.returncode else None


def cut_off(place: Path, kind: str, seed: int, cuts: int) -> str:
    """Let a daemon live through so many power cuts; returns how much it had said it had done.

    Raises AssertionError with all that was printed.
    """
    module = (sys.executable, "-m", "tests.torture.power_story", str(place))
    command = [*PRIVATE, *module, kind, str(seed), str(cuts)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{kind} with seed {seed}: {done.stderr}")
    return done.stdout.splitlines()[-1]
