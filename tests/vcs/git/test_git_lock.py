"""The index lock: ours is recognised when its holder is dead, others' are never touched."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.git.lock import locked, locked_since


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("links", [True, False])
def test_it_is_exclusive_and_given_back(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    with locked(index):
        with pytest.raises(RetryError), locked(index):
            pass
        since = locked_since(index)
        assert since is not None
        assert abs(time.time() - since) < 60
    assert locked_since(index) is None
    with locked(index):
        pass
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


def test_it_is_given_back_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "index"):
        raise ZeroDivisionError
    assert not (tmp_path / "index.lock").exists()


def test_a_lock_that_took_the_place_of_ours_is_not_removed(tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    with locked(tmp_path / "index"):
        lock.rename(tmp_path / "moved")
        lock.write_text("somebody else's")
    assert lock.exists()


def test_the_lock_of_a_dead_daemon_is_taken_over(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib; from autosyncd.vcs.git.lock import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os._exit(0)"
    )
    index = tmp_path / "index"
    subprocess.run([sys.executable, "-c", script, index], check=True, cwd=Path(__file__).parents[3])
    assert (tmp_path / "index.lock").exists()
    assert locked_since(index) is None
    with locked(index):
        assert b" %d " % os.getpid() in (tmp_path / "index.lock").read_bytes()
    assert not (tmp_path / "index.lock").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"DIRC" + bytes(100), b"autosync elsewhere x 1 2\n", b"autosync a b c d e\n"],
)
def test_any_other_lock_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index.lock").write_bytes(content)
    with pytest.raises(RetryError, match="is there since"), locked(tmp_path / "index"):
        pass
    assert (tmp_path / "index.lock").read_bytes() == content
