"""Which earlier version of a file is meant: the one at a revision, or at a moment."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import FolderThen
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.history import Entered, entered_by
from autosyncd.vcs.git.objects import entries_at
from autosyncd.vcs.tree.entry import GITLINK, Entry

FOLDER = "040000"

_HINT = "`autosyncctl history FILE` lists its versions"


@dataclass(frozen=True, slots=True)
class Version:
    """What a file was in a commit, given by its full id."""

    commit: str
    entry: Entry


async def find_version(git: Git, path: bytes, at: str | float) -> Version:
    """The version at a revision, or the last one that was committed not later than a moment in
    Unix seconds; digits that name no revision are a moment, too. Renames are followed.

    Raises RepositoryFailedError.
    """
    commit = await resolve(git, at) if isinstance(at, str) else None
    if commit is not None:
        return await _at_commit(git, path, commit)
    when = _moment(at)
    if when is None:
        raise RepositoryFailedError(
            f"there is no version '{str(at)[:80]}' of {printable(path)}", hint=_HINT
        )
    return await _at_moment(git, path, when)


async def folder_at(git: Git, path: bytes, at: str | float) -> FolderThen | None:
    """The files below a folder at a revision, or in the newest commit of HEAD that was made not
    later than a moment; None if it was no folder there."""
    commit = await resolve(git, at) if isinstance(at, str) else None
    when = None if commit else _moment(at)
    if when is not None:
        newest = ("rev-list", "-1", f"--min-age={int(when)}", "HEAD", "--")
        commit = (await git.run(*newest)).stdout.decode("ascii").strip()
    entry = (await entries_at(git, commit, (path,))).get(path) if commit else None
    if commit is None or entry is None or entry.mode != FOLDER:
        return None
    listed = await git.output("ls-tree", "-r", "-z", commit.encode() + b":" + path)
    lines = (line.split(b"\t", 1) for line in listed.split(b"\0")[:-1])
    names = (name for facts, name in lines if not facts.startswith(GITLINK.encode()))
    return FolderThen(commit, tuple(path + b"/" + name for name in names))


async def resolve(git: Git, revision: str) -> str | None:
    """The full id of a commit; None if there is no such revision, or several."""
    if revision.startswith("-") or not revision.isprintable():
        return None
    name = os.fsencode(revision) + b"^{commit}"
    finished = await git.run("rev-parse", "-q", "--verify", name)
    return None if finished.returncode else finished.stdout.decode("ascii").strip()


async def head_of(git: Git) -> str | None:
    """The commit that is checked out; None if there is none yet."""
    return await resolve(git, "HEAD")


async def _at_commit(git: Git, path: bytes, commit: str) -> Version:
    found = await entries_at(git, commit, (path,))
    if not found:
        found = await _under_other_names(git, path, commit)
    if not found:
        raise RepositoryFailedError(f"{printable(path)} is not in {commit[:12]}", hint=_HINT)
    return _version(path, commit, found.values())


async def _under_other_names(git: Git, path: bytes, commit: str) -> dict[bytes, Entry]:
    """What the commit has under the names that the file has had, the latest of them."""
    names = dict.fromkeys(name for e in await entered_by(git, path) for name in e.paths)
    found = await entries_at(git, commit, names)
    return next(({name: found[name]} for name in names if name in found), {})


async def _at_moment(git: Git, path: bytes, when: float) -> Version:
    commits = await entered_by(git, path)
    if not commits:
        raise RepositoryFailedError(f"no commit has {printable(path)}", hint=_HINT)
    then = next((entered for entered in commits if entered.info.time <= when), None)
    if then is None:
        raise RepositoryFailedError(
            f"{printable(path)} did not exist yet at {_clock(when)}", hint=_HINT
        )
    return await _entered_version(git, path, then, when)


async def _entered_version(git: Git, path: bytes, then: Entered, when: float) -> Version:
    found = await entries_at(git, then.info.id, then.paths)
    if not found:
        raise RepositoryFailedError(f"{printable(path)} was deleted at {_clock(when)}", hint=_HINT)
    return _version(path, then.info.id, found.values())


def _version(path: bytes, commit: str, entries: Iterable[Entry]) -> Version:
    entry = next(iter(entries))
    if entry.mode in (FOLDER, GITLINK):
        raise RepositoryFailedError(
            f"{printable(path)} is a folder in {commit[:12]}", hint="restore its files one by one"
        )
    return Version(commit, entry)


def _moment(at: str | float) -> float | None:
    if isinstance(at, str):
        return float(at) if at.isascii() and at.isdigit() and len(at) < 20 else None
    return float(at)


def _clock(when: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when))
    except (OverflowError, ValueError, OSError):
        return "that time"
