"""A HEAD that a power cut left empty: without it git takes a repository for none at all."""

import logging
import os
import re
import shlex
from pathlib import Path

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.git.quarantine import is_blank, new_quarantine

log = logging.getLogger(__name__)

_SWITCHED = re.compile(rb"checkout: moving from .+ to (\S+)$")


def mend_head(control: Path) -> str | None:
    """Write HEAD again if it is empty; returns what was done, None if it was not.

    `control` is a `.git`, a folder or the file of a linked working tree. Raises NeedsUserError.
    """
    git_dir = _git_dir(control)
    if git_dir is None or not is_blank(git_dir / "HEAD"):
        return None
    branch = _branch(git_dir)
    if branch is None:
        raise NeedsUserError(
            f"cannot sync {control.parent}: its HEAD is empty, and its branch is not known",
            hint=_by_hand(git_dir, "BRANCH"),
        )
    try:
        _write(git_dir, branch)
    except OSError as error:
        raise NeedsUserError(
            f"cannot sync {control.parent}: its HEAD is empty, and can't be written: "
            f"{error.strerror}",
            hint=_by_hand(git_dir, branch),
        ) from error
    log.warning("HEAD of %s was empty; it is %s again", control.parent, branch)
    return f"HEAD was empty; it is on {branch} again"


def _by_hand(git_dir: Path, branch: str) -> str:
    file = shlex.quote(str(git_dir / "HEAD"))
    return f"write it yourself: echo {shlex.quote(f'ref: refs/heads/{branch}')} > {file}"


def _write(git_dir: Path, branch: str) -> None:
    new_quarantine(git_dir).take(git_dir / "HEAD", git_dir)
    fresh = git_dir / "HEAD.autosync"
    with fresh.open("wb") as file:
        file.write(b"ref: refs/heads/" + os.fsencode(branch) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(git_dir / "HEAD")


def _git_dir(control: Path) -> Path | None:
    if control.is_dir():
        return control
    try:
        text = control.read_text(errors="surrogateescape")
    except OSError:
        return None
    if not text.startswith("gitdir: "):
        return None
    return control.parent / text.removeprefix("gitdir: ").rstrip("\n")


def _branch(git_dir: Path) -> str | None:
    """What was checked out last, by the reflog; else the only branch that there is."""
    branches = _branches(_common_dir(git_dir))
    try:
        log_lines = (git_dir / "logs" / "HEAD").read_bytes().replace(b"\0", b"").splitlines()
    except OSError:
        log_lines = []
    for line in reversed(log_lines):
        if switched := _SWITCHED.search(line):
            last = os.fsdecode(switched[1])
            return last if last in branches else None
    return next(iter(branches)) if len(branches) == 1 else None


def _common_dir(git_dir: Path) -> Path:
    try:
        return git_dir / (git_dir / "commondir").read_text().strip()
    except OSError:
        return git_dir


def _branches(common_dir: Path) -> frozenset[str]:
    heads = common_dir / "refs" / "heads"
    loose = {str(file.relative_to(heads)) for file in heads.rglob("*") if file.is_file()}
    try:
        packed = (common_dir / "packed-refs").read_text(errors="surrogateescape").splitlines()
    except OSError:
        packed = []
    listed = (line.partition(" refs/heads/")[2] for line in packed if not line.startswith("#"))
    return frozenset({*loose, *(name for name in listed if name)})
