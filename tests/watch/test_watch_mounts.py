"""What is mounted over watched folders, or unmounted, is noticed at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.watch.filesystem import lies_in, mount_points

ROOT = Path(__file__).parents[2]
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount"]


def test_mounts_over_folders_files_and_the_root_are_heard_of(tmp_path: Path) -> None:
    if subprocess.run([*PRIVATE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no user namespaces")
    command = [*PRIVATE, sys.executable, "-W", "ignore", "-m", "tests.watch.mount_changes"]
    done = subprocess.run(
        [*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr


def test_mounts_are_told_by_their_numbers_and_places() -> None:
    text = (
        b"22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        b"40 22 0:35 / /a\\040b rw shared:1 - tmpfs none rw\n"
        b"cut off"
    )
    assert mount_points(text) == {(b"22", b"/"), (b"40", b"/a b")}


@pytest.mark.parametrize(
    ("path", "folder", "expected"),
    [
        (b"/a/b", b"/a", True),
        (b"/a", b"/a", True),
        (b"/ab", b"/a", False),
        (b"/a", b"/a/b", False),
        (b"/a", b"/", True),
    ],
)
def test_a_place_lies_in_another(path: bytes, folder: bytes, expected: bool) -> None:
    assert lies_in(path, folder) is expected
