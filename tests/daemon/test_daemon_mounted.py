"""File systems that are mounted and unmounted below a watched folder delete and add nothing."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.daemon.mounted_story import STORIES
from tests.daemon.test_daemon_disks import PRIVATE, ROOT, can_mount


@pytest.mark.parametrize(
    "story",
    [pytest.param(one, marks=pytest.mark.once if one == "hg_waits" else ()) for one in STORIES],
)
def test_what_is_mounted_below_is_no_edit(story: str) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if not can_mount(Path(folder)):
            pytest.skip("this machine does not let us mount anything")
        command = f'exec "{sys.executable}" -m tests.daemon.mounted_story {folder} {story}'
        own = [*PRIVATE, command]
        done = subprocess.run(own, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
