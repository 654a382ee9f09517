"""A file that comes in and can't be written here holds up nothing that is changed here."""

import subprocess
from pathlib import Path

import pytest

from tests.daemon.conftest import clone_of
from tests.daemon.house import git, house, quick

LIMIT = 60.0


def push_file(folder: Path, name: str) -> str:
    """Somebody pushes a file of a name that may be impossible here; returns the commit."""
    blob = _made(folder, b"theirs\n", "hash-object", "-w", "--stdin")
    entries = git(folder, "ls-tree", "HEAD") + f"\n100644 blob {blob}\t{name}\n"
    tree = _made(folder, entries.encode(), "mktree")
    commit = git(folder, "commit-tree", tree, "-p", "HEAD", "-m", "theirs")
    git(folder, "push", "-q", "origin", f"{commit}:main")
    return commit


def _made(folder: Path, stdin: bytes, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, input=stdin, check=True, capture_output=True)
    return done.stdout.decode().strip()


def commit_of_filtered(folder: Path) -> str:
    (folder / ".gitattributes").write_text("filtered filter=nowhere\n")
    (folder / "filtered").write_text("theirs\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "theirs")
    git(folder, "push", "-q")
    return git(folder, "rev-parse", "HEAD")


def removed(folder: Path, name: str, theirs: str) -> str:
    """Somebody takes it out again, without a working tree; returns the commit."""
    git(folder, "fetch", "-q")
    assert git(folder, "merge-base", "origin/main", theirs) == theirs
    entries = git(folder, "ls-tree", "origin/main").splitlines()
    kept = "".join(f"{line}\n" for line in entries if not line.endswith(f"\t{name}"))
    tree = _made(folder, kept.encode(), "mktree")
    commit = git(folder, "commit-tree", tree, "-p", "origin/main", "-m", "mended")
    git(folder, "push", "-q", "origin", f"{commit}:main")
    return commit


@pytest.mark.parametrize("name", ["x" * 300, "git~1", "filtered"])
async def test_local_changes_are_committed_and_sent_all_the_same(
    tmp_path: Path, remote: Path, clone: Path, name: str
) -> None:
    other = clone_of(remote, tmp_path / "other")
    git(clone, "config", "filter.nowhere.smudge", "false")
    git(clone, "config", "filter.nowhere.required", "true")
    async with house(tmp_path, [quick(clone, pull_interval=0.2)]) as home:
        await home.until_state("docs", "idle")
        theirs = commit_of_filtered(other) if name == "filtered" else push_file(other, name)
        await home.until_state("docs", "blocked")
        [status] = home.daemon.status(["docs"]).repositories
        assert status.last_error
        assert f"cannot take in {name[:100]}" in status.last_error.message
        assert status.last_error.hint
        (clone / "mine").write_text("mine\n")
        await home.until(lambda: "mine" in git(clone, "ls-tree", "--name-only", "HEAD"), 4)
        [outcome] = (await home.daemon.sync(["docs"], wait=True)).repositories
        assert f"cannot take in {name[:100]}" in (outcome.error or "")
        assert git(remote, "show", "main:mine") == "mine"
        mended = removed(other, name, theirs)
        await home.daemon.sync(["docs"], wait=True)
        await home.until_state("docs", "idle")
        assert git(clone, "rev-parse", "HEAD") == mended
