"""What settling a conflict is with every tool: the names, and what is told of it."""

import os
from pathlib import Path

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import ConflictCopy, SettledNow
from autosyncd.vcs.merging.conflict_names import plain_names


def free_name(root: Path, conflict: ConflictCopy) -> bytes:
    """A plain name beside the other version, that says from which machine this one is.

    Raises RepositoryFailedError.
    """
    for path in plain_names(conflict.copy, conflict.host):
        if not os.path.lexists(root / os.fsdecode(path)):
            return path
    raise RepositoryFailedError(f"there is no free name beside {printable(conflict.path)}")


def settled(written: tuple[bytes, ...], now: bytes | None, *kept: str | None) -> SettledNow:
    """What was done; `kept` are the commits that have what was on disk and in none yet."""
    return SettledNow(written, now, tuple(commit for commit in kept if commit))
