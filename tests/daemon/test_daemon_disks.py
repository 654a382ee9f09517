"""Full and read-only disks, and missing rights: told, nothing lost, and resumed by itself."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.daemon.limited import REASONS

ROOT = Path(__file__).parents[2]
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
SMALL = 'mount -t tmpfs -o size=20m none "$1" && exec "$2" -m tests.daemon.limited "$1" "$3"'


def can_mount(folder: Path) -> bool:
    tried = subprocess.run([*PRIVATE, f"mount -t tmpfs none {folder}"], check=False)
    return tried.returncode == 0


@pytest.mark.parametrize("kind", REASONS)
def test_a_disk_that_takes_no_more_is_told_and_waited_for(kind: str) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        disk = Path(folder, "disk")
        disk.mkdir()
        Path(folder).chmod(0o755)
        own = [sys.executable, "-m", "tests.daemon.limited", str(disk), kind]
        if kind != "denied":
            if not can_mount(disk):
                pytest.skip("this machine does not let us mount anything")
            own = [*PRIVATE, SMALL, "sh", str(disk), sys.executable, kind]
        done = subprocess.run(own, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert REASONS[kind] in done.stdout


HG_REASONS = {
    "full": "the disk is full",
    "fetch": "the disk is full",
    "readonly": "the file system is read-only",
}


@pytest.mark.parametrize("kind", HG_REASONS)
def test_a_disk_that_takes_no_more_of_mercurial_is_told_and_waited_for(kind: str) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        disk = Path(folder, "disk")
        disk.mkdir()
        if not can_mount(disk):
            pytest.skip("this machine does not let us mount anything")
        script = SMALL.replace("tests.daemon.limited", "tests.daemon.limited_hg")
        own = [*PRIVATE, script, "sh", str(disk), sys.executable, kind]
        done = subprocess.run(own, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert HG_REASONS[kind] in done.stdout
