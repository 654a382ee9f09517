"""Writes a file that does not exist yet, complete from the moment it has its name."""

import os
import secrets
from pathlib import Path

from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.tree.entry import SYMLINK


def write_new_file(path: Path, mode: str, content: bytes) -> None:
    """Write it with a mode as git has it; raises RepositoryFailedError, also if it exists, or if
    it would be a part of a repository's own data."""
    check_outside_of_git(path)
    try:
        if mode == SYMLINK:
            path.symlink_to(os.fsdecode(content))
        else:
            _write(path, 0o777 if mode == "100755" else 0o666, content)
    except OSError as error:
        why = "it exists already" if isinstance(error, FileExistsError) else error.strerror
        raise RepositoryFailedError(
            f"cannot write {path}: {why}", hint="name a new file in a folder that exists"
        ) from error


def check_outside_of_git(path: Path) -> None:
    """Raise RepositoryFailedError for a file in git's own folder: hooks and settings would be run,
    and anything else would damage the repository."""
    try:
        full = path.parent.resolve() / path.name
    except (OSError, RuntimeError):
        full = path
    inside = any(part.lower() == ".git" for part in full.parts)
    if inside or any(_is_git_dir(folder) for folder in full.parents):
        raise RepositoryFailedError(
            f"cannot write {path}: that is inside of git's own folder",
            hint="name a file outside of it",
        )


def _is_git_dir(folder: Path) -> bool:
    """As git tells one (gitrepository-layout(5)), bare ones and those of worktrees, too."""
    if not os.path.lexists(folder / "HEAD"):
        return False
    whole = (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return whole or (folder / "commondir").is_file()


def _write(path: Path, mode: int, content: bytes) -> None:
    """The name of the draft is one that is never committed."""
    draft = path.with_name(f".autosync-{secrets.token_hex(8)}~")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    """A hard link never replaces anything; where there are none, a name is taken and replaced."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC))
        draft.replace(path)
