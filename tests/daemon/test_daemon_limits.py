"""The kernel's real limits, and a real FUSE file system, in namespaces of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount"]


def told(folder: Path, *arguments: str) -> list[str]:
    """What a story told that ran in namespaces of its own; skipped where there are none."""
    if subprocess.run([*PRIVATE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no user namespaces")
    module, *rest = arguments
    command = [*PRIVATE, sys.executable, "-m", f"tests.daemon.{module}", str(folder), *rest]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_too_few_watches(tmp_path: Path) -> None:
    message, hint, watches = told(tmp_path, "limited_watches", "watches")
    assert "of 61 folders" in message
    assert "30 watches" in message
    assert hint == "allow more with: `sysctl user.max_inotify_watches=8192`"
    assert watches == "watches: 61"


def test_too_few_instances(tmp_path: Path) -> None:
    message, hint, watches = told(tmp_path, "limited_watches", "instances")
    assert "all 1 inotify instances" in message
    assert hint == "allow more with: `sysctl user.max_inotify_instances=256`"
    assert watches == "watches: 61"


def test_a_fuse_file_system_is_polled(tmp_path: Path) -> None:
    if shutil.which("bindfs") is None and os.environ.get("CI") != "true":
        pytest.skip("bindfs is not installed here (`make tools`)")
    watches, note, problem = told(tmp_path, "fuse_story")
    assert watches == "watches: 0"
    assert note.startswith("it is on fuse: changes are found by looking every 0.3 s")
    assert note.endswith(f"`autosyncctl add {tmp_path}/docs --set poll_interval=10s`")
    assert problem == (
        "it is on fuse, where inotify does not see what other machines change; "
        f"`autosyncctl add {tmp_path}/docs --set watch=auto`"
    )


def test_a_disk_that_is_unmounted_and_comes_back(tmp_path: Path) -> None:
    assert told(tmp_path, "mount_story") == ["blocked 1"]
