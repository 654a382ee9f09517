"""What is wrong where a program of a table can't be started, which is never a file's fault."""

import shutil

from autosyncd.errors import AutosyncError, NeedsUserError, RemoteNeedsUserError, RetryError


def check_program(name: str, program: str, path: str | None, *, network: bool = False) -> None:
    """Raises NeedsUserError if a table's program is not installed; one for the network keeps
    nobody from committing."""
    if shutil.which(program, path=path) is None:
        kind = RemoteNeedsUserError if network else NeedsUserError
        raise kind(
            f"there is no program {program}, which {name} needs",
            hint="install it, or name its whole path under `vcs:` in autosync.yaml",
        )


def not_started(error: AutosyncError) -> RetryError:
    """The error for a program that is there all the same: no memory, too many processes."""
    return RetryError(error.message, hint="it is tried again")
