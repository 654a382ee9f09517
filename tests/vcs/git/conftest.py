"""Repositories to play with."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from autosyncd.vcs.git import index_memory
from tests.vcs.git.git_trace import Trace
from tests.vcs.git.git_world import git, make


@pytest.fixture
def no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit at once, also when the test has just used git."""
    monkeypatch.setattr(index_memory, "GIT_QUIET", 0.0)


@pytest.fixture
def tree(tmp_path: Path, no_quiet: None) -> Path:
    """A working copy with two committed files."""
    return make(tmp_path / "tree", a="one\n", sub__b="two\n")


@dataclass(frozen=True, slots=True)
class Trio:
    """A bare remote and two clones of it."""

    remote: Path
    mine: Path
    theirs: Path


@pytest.fixture
def trio(tmp_path: Path, no_quiet: None) -> Trio:
    """Both clones and the remote have the same first commit."""
    remote = tmp_path / "remote.git"
    make(tmp_path / "seed", a="one\n", sub__b="two\n")
    git(tmp_path, "clone", "-q", "--bare", tmp_path / "seed", remote)
    for name in ("mine", "theirs"):
        git(tmp_path, "clone", "-q", remote, tmp_path / name)
    return Trio(remote, tmp_path / "mine", tmp_path / "theirs")


@pytest.fixture
def trace(home: Path, tmp_path: Path) -> Trace:
    """What every git that is run tells of itself."""
    folder = tmp_path / "trace"
    folder.mkdir()
    with (home / ".gitconfig").open("a") as config:
        config.write(f"[trace2]\n\teventTarget = {folder}\n")
    return Trace(folder)
