"""The calls below everything else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.vcs.tree.syscalls import exchange, probe, rename_new

BREAK_A_LEASE = """
import os, signal, sys
from autosyncd.vcs.tree.syscalls import Lease, lease_unbroken, take_lease
signal.signal(signal.SIGIO, signal.SIG_DFL)
descriptor = os.open(sys.argv[1], os.O_RDONLY)
assert take_lease(descriptor) is Lease.HELD and lease_unbroken(descriptor)
try:
    os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
except BlockingIOError:
    assert not lease_unbroken(descriptor)
else:
    raise SystemExit("the lease kept nobody out")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    return tmp_path


def test_a_lease_break_does_not_kill_its_holder(folder: Path) -> None:
    """SIGIO, which would, has its default in this process."""
    argv = [sys.executable, "-c", BREAK_A_LEASE, str(folder / "one")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_probe_leaves_nothing_behind(folder: Path) -> None:
    able = probe(folder)
    assert (able.exchange, able.noreplace, able.lease) == (True, True, True)
    assert sorted(path.name for path in folder.iterdir()) == ["home", "one", "run", "two"]


def test_names_are_swapped(folder: Path) -> None:
    descriptor = os.open(folder, os.O_PATH)
    exchange(folder / "one", descriptor, b"two")
    os.close(descriptor)
    assert (folder / "one").read_text() == "2"
    assert (folder / "two").read_text() == "1"


@pytest.mark.parametrize("noreplace", [True, False])
@pytest.mark.parametrize("source", ["one", "link", "folder"])
def test_a_taken_name_is_never_replaced(folder: Path, source: str, *, noreplace: bool) -> None:
    (folder / "link").symlink_to("nowhere")
    (folder / "folder").mkdir()
    descriptor = os.open(folder, os.O_PATH)
    with pytest.raises(FileExistsError):
        rename_new(folder / source, descriptor, b"two", noreplace=noreplace)
    rename_new(folder / source, descriptor, b"free", noreplace=noreplace)
    os.close(descriptor)
    assert (folder / "two").read_text() == "2"
    assert os.path.lexists(folder / "free")
    assert not os.path.lexists(folder / source)
