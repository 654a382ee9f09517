"""git's configuration is read once, and again whenever any of its files changes."""

import os
import subprocess
from pathlib import Path

import pytest

from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.discover import discover
from autosyncd.vcs.git.settings import ConfigReader


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


async def reader_of(tree: Path) -> ConfigReader:
    return ConfigReader(*await discover(tree, Slots(4), os.environ))


def set_key(file: Path, key: str, value: str) -> None:
    subprocess.run(["git", "config", "--file", str(file), key, value], check=True)


async def test_a_change_of_any_file_is_seen(tree: Path, home: Path) -> None:
    included = home / "included"
    set_key(home / ".gitconfig", "include.path", str(included))
    reader = await reader_of(tree)
    for number, file in enumerate(
        (
            tree / ".git" / "config",
            home / ".gitconfig",
            home / ".config" / "git" / "config",
            included,
        )
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        assert (await reader.read()).get(f"test.key{number}") is None
        set_key(file, f"test.key{number}", "x")
        if file == included:
            set_key(home / ".gitconfig", "test.touched", "a file that appears is not seen alone")
        assert (await reader.read()).get(f"test.key{number}") == "x"


async def test_without_a_change_nothing_is_read_again(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await reader_of(tree)
    first = await reader.read()
    monkeypatch.setenv("PATH", "/nowhere")
    reader.git.environment.update(PATH="/nowhere")  # type: ignore[attr-defined]  # it is a dict
    assert await reader.read() is first


async def test_what_is_set_while_git_reads_is_seen_the_next_time(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await reader_of(tree)
    output = Git.output

    async def and_somebody_sets(self: Git, *arguments: str | bytes) -> bytes:
        out = await output(self, *arguments)
        set_key(tree / ".git" / "config", "test.key", "x")
        return out

    with monkeypatch.context() as patched:
        patched.setattr(Git, "output", and_somebody_sets)
        assert (await reader.read()).get("test.key") is None
    assert (await reader.read()).get("test.key") == "x"
