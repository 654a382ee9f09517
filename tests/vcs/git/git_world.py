"""Real repositories for tests: made with git itself, used through our backend."""

import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from autosyncd.config.model import OnConflict
from autosyncd.errors import RetryError
from autosyncd.process import Slots
from autosyncd.vcs.base import Change, Commit, Look, OpenOptions
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.vcs.git.repository import GitRepository

LIMIT = 60.0
Argument = str | bytes | Path


def git(folder: Path, *arguments: Argument, stdin: bytes = b"", check: bool = True) -> bytes:
    """What a git command of the user's says."""
    done = subprocess.run(
        ["git", "-C", folder, *arguments], input=stdin, capture_output=True, check=False
    )
    if check and done.returncode:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def text(folder: Path, *arguments: Argument) -> str:
    """The same, as text without the last newline."""
    return os.fsdecode(git(folder, *arguments)).rstrip("\n")


def head(folder: Path, name: str = "HEAD") -> str:
    return text(folder, "rev-parse", name)


def tracked(folder: Path, treeish: str = "HEAD") -> set[bytes]:
    """The names in a tree."""
    return set(git(folder, "ls-tree", "-r", "-z", "--name-only", treeish).split(b"\0")) - {b""}


def content(folder: Path, path: str, treeish: str = "HEAD") -> bytes:
    return git(folder, "cat-file", "blob", f"{treeish}:{path}")


def status(folder: Path) -> str:
    return text(folder, "status", "--porcelain")


def write(folder: Path, **files: str) -> None:
    """Write files; two underscores in a name stand for a slash."""
    for name, value in files.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value)


def make(folder: Path, *options: str, **files: str) -> Path:
    """A repository with these files committed; without files it has no commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", *options)
    if files:
        write(folder, **files)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "first")
    return folder


def commit_by_hand(folder: Path, message: str = "by hand", **files: str) -> str:
    write(folder, **files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return head(folder)


async def opened(
    path: Path,
    *,
    remote: str | None = None,
    ignore: tuple[str, ...] = (),
    on_conflict: OnConflict = "keep-both",
    commit_hooks: bool = False,
    env: dict[str, str] | None = None,
) -> GitRepository:
    """Open a working copy as the daemon does."""
    options = OpenOptions(
        path=path,
        remote=remote,
        ignore=ignore,
        on_conflict=(("*", on_conflict),),
        commit_hooks=commit_hooks,
        machine="0123456789abcdef",
        host="testhost",
        slots=Slots(4),
        environment={**os.environ, **(env or {})},
    )
    return cast("GitRepository", await GitBackend().open(options))


async def settled(repository: GitRepository, *paths: bytes) -> Look:
    """Look until nothing is too fresh any more."""
    end = time.monotonic() + LIMIT
    while True:
        look = await repository.look(frozenset(paths) if paths else None)
        if not look.unstable:
            return look
        assert time.monotonic() < end, look.unstable


def saying(message: str | bytes) -> Callable[[tuple[Change, ...]], Awaitable[str]]:
    async def describe(_changes: tuple[Change, ...]) -> str:
        return message if isinstance(message, str) else os.fsdecode(message)

    return describe


async def commit(
    repository: GitRepository, *paths: bytes, message: str | bytes = "automatic"
) -> Commit | None:
    """Look, and commit what was found."""
    end = time.monotonic() + LIMIT
    while True:
        look = await settled(repository, *paths)
        try:
            return await repository.commit(look, saying(message))
        except RetryError:
            if time.monotonic() > end:
                raise


async def must_commit(repository: GitRepository, *paths: bytes) -> Commit:
    made = await commit(repository, *paths)
    assert made is not None
    return made


def kinds(made: Commit | Look) -> dict[bytes, str]:
    return {change.path: change.kind.value for change in made.changes}


def sign_with_anything(folder: Path, place: Path) -> None:
    """A program that signs anything."""
    program = place / "sign"
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"
        "echo '-----BEGIN PGP SIGNATURE-----'\necho x\necho '-----END PGP SIGNATURE-----'\n"
    )
    program.chmod(0o755)
    git(folder, "config", "gpg.program", program)
