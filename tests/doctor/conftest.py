"""Repositories to be examined, without a daemon around them."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from autosyncd.api.types import RepositoryStatus, State
from autosyncd.config.model import RepositorySettings
from autosyncd.doctor.examination import examine
from autosyncd.doctor.opening import open_for_looking
from autosyncd.doctor.subject import Entry, House, Subject
from tests.system.ssh_server import server

__all__ = ["entry", "git", "house", "opened", "problems", "server"]


def git(folder: Path, *arguments: str) -> str:
    """What a git command that must succeed prints."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    bare = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    return bare


@pytest.fixture
def docs(tmp_path: Path, remote: Path) -> Path:
    """A clone with one pushed commit."""
    folder = tmp_path / "docs"
    subprocess.run(
        ["git", "clone", "-q", str(remote), str(folder)], check=True, capture_output=True
    )
    (folder / "a").write_text("hello\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "push", "-q", "origin", "HEAD:main")
    return folder


def entry(path: Path, state: State = "idle", **settings: Any) -> Entry:
    """A watched repository, in whatever state."""
    name = path.name
    status = RepositoryStatus(name=name, path=str(path), vcs="git", state=state, since=time.time())
    return Entry(RepositorySettings(path=path, name=name, **settings), status)


def house(*entries: Entry, **environment: str) -> House:
    """The daemon as far as the checks see it."""
    return House(entries=entries, channels=(), environment={**os.environ, **environment})


async def opened(path: Path, environment: dict[str, str] | None = None, **settings: Any) -> Subject:
    """A repository for one check."""
    one = entry(path, **settings)
    return await open_for_looking(one, house(one, **(environment or {})))


async def problems(path: Path, environment: dict[str, str] | None = None, **settings: Any) -> str:
    """All problems and notes of a repository that is examined, one line each, with the cures."""
    result = await examine(house(entry(path, **settings), **(environment or {})))
    return "\n".join(
        f"{one.level}: {one.message}; {one.hint}"
        for one in result.findings
        if one.level != "ok" and one.repository
    )
