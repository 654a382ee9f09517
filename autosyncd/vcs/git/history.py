"""The commits that autosync made, and all commits of one file (git-log(1))."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from autosyncd.vcs.base import CommitInfo, Past
from autosyncd.vcs.git.command import Git

MOST_PATHS = 200
"""Paths of one commit that are listed."""

MERGER = "autosync@merge"
"""The committer of the merges that every machine makes alike."""

_PLAIN = (
    *("--no-show-signature", "--no-color", "--no-ext-diff", "--no-mailmap", "--no-relative"),
    *("--encoding=UTF-8", "--root", "-z"),
)
_NAMES = ("-c", "--name-only")
_AUTOMATIC = ("-E", "--grep=^Autosync-(Host|Id):", "--grep=^autosync: ")
_TRAILER = "%(trailers:key=Autosync-{},valueonly,separator=%x2C)"
HOST = _TRAILER.format("Host")
_FORMAT = "%x00".join(("%H", "%ct", "%ce", HOST, _TRAILER.format("Id"), "%s", ""))


@dataclass(frozen=True, slots=True)
class Entered:
    """A commit in the history, all its paths, and whether autosync made it."""

    info: CommitInfo
    host: str | None
    paths: tuple[bytes, ...]
    automatic: bool


async def automatic_commits(git: Git, below: bytes, limit: int) -> tuple[Past, ...]:
    """The newest commits that autosync made in the watched folder, newest first."""
    if not await has_commits(git):
        return ()
    scope = ("--full-history", "HEAD", "--", below) if below else ("HEAD", "--")
    found: list[Past] = []
    skipped = 0
    while len(found) < limit:
        pages = ("-n", str(limit), f"--skip={skipped}")
        some = await _log(git, *pages, *_AUTOMATIC, *scope)
        found += [_past(entered) for entered in some if entered.automatic]
        skipped += limit
        if len(some) < limit:
            break
    return tuple(found[:limit])


async def commits_of(git: Git, path: bytes, limit: int) -> tuple[Past, ...]:
    """The newest commits that changed a file or folder, whoever made them, newest first."""
    if not limit:
        return ()
    return tuple(map(_past, await entered_by(git, path, limit)))


async def entered_by(git: Git, path: bytes, limit: int | None = None) -> tuple[Entered, ...]:
    """The commits that changed a file, newest first, each with its name there: renames are
    followed. The file need not exist any more."""
    if not await has_commits(git):
        return ()
    asked = limit
    while True:
        pages = () if asked is None else ("-n", str(asked))
        some = await _log(git, *pages, "--follow", "HEAD", "--", path or b".")
        found = tuple(entered for entered in some if entered.paths)
        if limit is None or asked is None or len(found) >= limit or len(some) < asked:
            return found[:limit]
        asked *= 2


async def has_commits(git: Git) -> bool:
    """Whether the branch that is checked out has any commit."""
    return not (await git.run("rev-parse", "-q", "--verify", "HEAD^{commit}")).returncode


async def log_records(git: Git, form: str, *arguments: str | bytes) -> list[list[bytes]]:
    """What `git log` prints of each commit: the fields of `form`, which ends with `%x00`, and what
    the options in `arguments` say of its paths."""
    token = secrets.token_hex(16)
    out = await git.output("log", *_PLAIN, f"--format={token}{form}", *arguments)
    return [record.split(b"\0") for record in out.split(token.encode())[1:]]


def commit_info(commit: bytes, when: bytes, subject: bytes) -> CommitInfo:
    """A commit from what git prints for `%H`, `%ct` and `%s`."""
    readable = subject.decode("utf-8", "replace")
    return CommitInfo(commit.decode("ascii"), float(when or 0), readable)


def host_of(trailer: bytes) -> str | None:
    """The machine that a trailer names, if there is one."""
    return trailer.decode("utf-8", "replace").strip() or None


async def _log(git: Git, *arguments: str | bytes) -> tuple[Entered, ...]:
    """`-c` tells of a merge the paths that are as in none of its parents."""
    return tuple(map(_entered, await log_records(git, _FORMAT, *_NAMES, *arguments)))


def _entered(fields: Sequence[bytes]) -> Entered:
    commit, when, committer, host, machine, subject, *rest = fields
    names = [name for name in rest if name]
    if names:
        names[0] = names[0].removeprefix(b"\n")
    ours = bool(host or machine or os.fsdecode(committer) == MERGER)
    info = commit_info(commit, when, subject)
    return Entered(info, host_of(host), tuple(filter(None, names)), ours)


def _past(entered: Entered) -> Past:
    more = max(0, len(entered.paths) - MOST_PATHS)
    return Past(entered.info, entered.host, entered.paths[:MOST_PATHS], more)
