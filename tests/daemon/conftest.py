"""Repositories for daemons inside tests."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.core.backoff import Backoff
from autosyncd.worker import steps
from tests.daemon.hg_scene import Scene, scene_in


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository with one commit."""
    bare, seed = tmp_path / "remote.git", tmp_path / "seed"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    subprocess.run(["git", "clone", "-q", str(bare), str(seed)], check=True, capture_output=True)
    (seed / "readme").write_text("hello\n")
    for command in (
        ["add", "-A"],
        ["commit", "-q", "-m", "seed"],
        ["push", "-q", "origin", "main"],
    ):
        subprocess.run(["git", "-C", str(seed), *command], check=True, capture_output=True)
    return bare


@pytest.fixture
def clone(tmp_path: Path, remote: Path) -> Path:
    """A clone of it."""
    return clone_of(remote, tmp_path / "docs")


def clone_of(remote: Path, path: Path) -> Path:
    """One more clone."""
    subprocess.run(["git", "clone", "-q", str(remote), str(path)], check=True)
    return path


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A clone of a shared Mercurial repository, with their user."""
    with scene_in(tmp_path) as made:
        yield made


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens then happens because something changed, not because time has passed."""
    monkeypatch.setattr(steps, "SLOW", Backoff(base=1000.0, cap=1000.0))
