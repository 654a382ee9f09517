"""Which tool drives a repository: the one that is named, or that of the nearest one around."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from autosyncd.errors import AwayError, NeedsUserError
from autosyncd.vcs.base import Backend


def choose(name: str, path: Path, backends: Sequence[Backend]) -> Backend:
    """The backend called `name`; for `auto` that of the nearest repository that `path` is, or lies
    in, the first in the list where two tools share its root. Raises NeedsUserError."""
    if name != "auto":
        return _named(name, backends)
    _check_folder(path)
    found = [(root, backend) for backend in backends if (root := backend.detect(path))]
    if found:
        return max(found, key=lambda pair: len(pair[0].parts))[1]
    if not any(path.iterdir()):
        raise AwayError(
            f"{path} is empty",
            hint="is a disk not mounted? To begin a repository there: "
            f"`git init {shlex.quote(str(path))}`",
        )
    raise NeedsUserError(
        f"{path} is not in a repository", hint=f"make it one: `git init {shlex.quote(str(path))}`"
    )


def _named(name: str, backends: Sequence[Backend]) -> Backend:
    for backend in backends:
        if backend.name == name:
            return backend
    known = ", ".join(backend.name for backend in backends)
    raise NeedsUserError(f"there is no tool `vcs: {name}`", hint=f"known are: {known}")


def _check_folder(path: Path) -> None:
    try:
        is_folder = path.is_dir()
        exists = is_folder or path.exists()
    except OSError as error:
        raise NeedsUserError(
            f"cannot look at {path}: {error.strerror}", hint="give this user access to it"
        ) from error
    if not exists:
        raise AwayError(
            f"there is no folder {path}", hint="make or mount it, or remove it from autosync.yaml"
        )
    if not is_folder:
        raise NeedsUserError(f"{path} is not a folder", hint="name the folder of a repository")
