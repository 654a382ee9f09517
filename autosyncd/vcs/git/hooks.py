"""Running the repository's own `pre-commit` and `commit-msg` hooks (githooks(5))."""

import os
from pathlib import Path

from autosyncd.errors import NeedsUserError, ProgramTimeoutError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout

TIMEOUT = 60.0


async def pre_commit(git: Git, index: Path) -> None:
    """Ask the `pre-commit` hook about what is in a private index, which it may amend."""
    await _run(git, "pre-commit", index=index)


async def commit_message(git: Git, layout: Layout, index: Path, message: bytes) -> bytes:
    """Let the `commit-msg` hook see, and perhaps amend, the message."""
    file = layout.own / "COMMIT_EDITMSG"
    file.write_bytes(message)
    try:
        await _run(git, "commit-msg", os.fspath(file), index=index)
        return file.read_bytes()
    finally:
        file.unlink(missing_ok=True)


async def _run(git: Git, name: str, *arguments: str, index: Path) -> None:
    """Run a hook if there is one; raises NeedsUserError if it refuses, or does not end."""
    try:
        finished = await git.run(
            *("hook", "run", "--ignore-missing", name, "--", *arguments),
            index=index,
            timeout=TIMEOUT,
            hooks=True,
        )
    except ProgramTimeoutError as error:
        raise NeedsUserError(
            f"the {name} hook did not end within {TIMEOUT:g} s; the changes wait",
            hint="mend the hook, or set `commit_hooks: false`",
        ) from error
    if finished.returncode:
        said = (finished.complaint or f"exit code {finished.returncode}").splitlines()
        raise NeedsUserError(
            f"the {name} hook refuses the commit: {said[-1]}",
            hint="mend what it complains about, or set `commit_hooks: false`; the changes wait",
        )
