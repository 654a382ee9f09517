"""What a version control backend is to the rest: a small Protocol and the facts it returns."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from autosyncd.config.model import OnConflict
from autosyncd.core.approval import Reason
from autosyncd.core.brake import Deletions
from autosyncd.core.changes import Change as Change
from autosyncd.core.changes import ChangeKind as ChangeKind
from autosyncd.core.ignoring import IgnoreSources
from autosyncd.core.plan import Relation as Relation
from autosyncd.errors import AutosyncError, RepositoryFailedError
from autosyncd.process import Slots
from autosyncd.ssh.connections import Connections


@dataclass(frozen=True, slots=True)
class Left:
    """A path that was left out on purpose, why, and what the user can do about it.

    `reason` is None where no approval helps.
    """

    path: bytes
    why: str
    hint: str | None = None
    reason: Reason | None = None


Stamp = tuple[int, int, int, int]
"""By which a version of a file is recognised: inode, size, times of writing and of change."""


def stamp(status: os.stat_result) -> Stamp:
    """The stamp in a stat result."""
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Look:
    """What differs from the last commit among the paths asked about.

    `unstable` paths changed too recently, or while they were read: look at them again later.
    `judged` are the versions that were found fit to be committed; others are unstable.
    `refused` says from how many bytes on the remote does not take a path.
    `overtaken` are those of the paths whose version on disk is older than what the last commit
    has, since that passed by what was held.
    `passing` are files that a program may be about to rename or remove, and in how many seconds to
    look at them again. `copies` of changed files that never rest have what is to be committed.
    """

    changes: tuple[Change, ...] = ()
    unstable: tuple[bytes, ...] = ()
    left_out: tuple[Left, ...] = ()
    judged: Mapping[bytes, Stamp] = field(default_factory=dict)
    refused: Mapping[bytes, int] = field(default_factory=dict)
    overtaken: frozenset[bytes] = frozenset()
    passing: Mapping[bytes, float] = field(default_factory=dict)
    copies: Mapping[bytes, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit; `time` is its committer date in Unix seconds."""

    id: str
    time: float
    subject: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was just made of `changes`; `unstable` paths changed meanwhile, look again.

    `settled` are conflicts with versions that had come in before, and had passed by a file that
    was held. `hindered` is why not all could be done that was to be done.
    """

    info: CommitInfo
    changes: tuple[Change, ...]
    unstable: tuple[bytes, ...] = ()
    settled: tuple["Settled", ...] = ()
    hindered: AutosyncError | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a repository stands; commits are full ids.

    `obstacle` is why nothing may be touched now, `cure` what ends that. `remote` is the remote's
    name and `url` where a push goes; both None when there is none. `tip` is what the remote had
    when it was last asked. `roots` are the first commits of the history, empty where they are
    not known. `withheld` is what is committed and is not given to the remote on purpose.
    """

    branch: str | None
    remote: str | None
    url: str | None
    relation: Relation
    head: str | None = None
    tip: str | None = None
    ahead: int = 0
    behind: int = 0
    last_commit: CommitInfo | None = None
    obstacle: str | None = None
    cure: str | None = None
    roots: tuple[str, ...] = ()
    withheld: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A conflict that was settled: `copy` is where the other version is, None if in history."""

    path: bytes
    copy: bytes | None
    why: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The commit that contains both sides, in the object database alone.

    `target` is None if the user wants to settle the conflicts in the paths `stopped`.
    """

    target: str | None
    stopped: tuple[bytes, ...] = ()
    settled: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """A commit of the past: the machine that made it (None: it does not say), the first of the
    paths it changed, and how many `more` there are."""

    info: CommitInfo
    host: str | None
    paths: tuple[bytes, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ConflictCopy:
    """A version of `path` that waits in `copy` for the user; `info` and `host` are None where the
    history does not say who made it."""

    path: bytes
    copy: bytes
    info: CommitInfo | None
    host: str | None
    original_exists: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """A version that was brought back: from which `commit`, and what has the content that was
    there and in no commit yet (None: there was none)."""

    commit: str
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class FolderThen:
    """The files that a folder had in a commit, relative to the root."""

    commit: str
    files: tuple[bytes, ...]


Fit = Callable[[bytes, Path], Awaitable[bool]]
"""Whether what is in a file may be committed as a version of a path, or waits for the user."""


Shut = Callable[[Path], frozenset[bytes]]
"""The folders of the repository with that root at or below which nothing is to be touched now."""


def nothing_shut(_root: Path) -> frozenset[bytes]:
    """All may be touched."""
    return frozenset()


async def fit_anyway(_path: bytes, _file: Path) -> bool:
    """Nothing is held."""
    return True


class Repository(Protocol):
    """One opened working copy. Every method may raise the errors of `autosyncd.errors`.

    A backend inherits from it, and leaves out what its tool has nothing for: what has a body here
    is true of every tool. `tests/vcs/contract` says the promises in tests.
    """

    name: str
    """The backend's name, as `status` shows it under `vcs`."""

    root: Path
    """The repository's root, symbolic links resolved."""

    below: bytes
    """The watched folder relative to the root; empty for the root itself. Only it is committed."""

    mended: tuple[str, ...] = ()
    """What was found damaged at the opening and is mended, each in one sentence."""

    control_dirs: tuple[Path, ...] = ()
    """Folders of the VCS itself to watch (not below): a change there means the user used it."""

    copies_in: Path | None = None
    """A folder for the copies of a look; None if it commits only what is in the tree."""

    async def close(self) -> None:
        """Let go of what is held; nothing is asked of it afterwards."""
        return

    def control_event(self, name: bytes) -> bool:
        """Whether a change of this entry of a control folder says that the user used the VCS."""
        del name
        return True

    async def ignore_sources(self) -> IgnoreSources:
        """Where the rules are by which the watcher leaves paths alone."""

    def ignores_changed(self) -> bool:
        """Whether `ignore_sources` may say something else than when it was last asked; cheap."""
        return False

    async def inspect(self) -> Standing:
        """Where the repository stands, without asking the remote."""

    async def look(self, paths: frozenset[bytes] | None) -> Look:
        """What differs from the last commit, at or below `paths` only, or everywhere."""

    async def deletions(self, look: Look, max_delete: float, earlier: int = 0) -> Deletions:
        """What the deletions of a look amount to, with `earlier` ones that were committed a short
        while ago; what was only moved is none.

        Cheap, and not exact, as long as they are far from `max_delete` of the files.
        """

    async def commit(
        self, look: Look, message: Callable[[tuple[Change, ...]], Awaitable[str]]
    ) -> Commit | None:
        """Commit those changes, and only those; None if there was nothing to commit after all.

        `message` is asked for the message of what is really committed.
        """

    async def fetch(self) -> None:
        """Ask the remote for what is new; touches no working tree. A commit may be made meanwhile.

        Raises OfflineError, RemoteNeedsUserError (credentials, rewritten history, branch gone).
        """

    async def take_from_peer(self, url: str, commit: str) -> bool:  # noqa: ARG002 - a default
        """Fetch a commit's objects from another machine's working copy, so that the remote need
        not send them; nothing moves by that. False if there was nothing to be had or to be done.

        Raises OfflineError if that machine has not got it, or does not begin to answer in 2 s.
        """
        return False

    async def merge(self) -> Merge:
        """Bring both sides together in the object database; touches no working tree."""

    async def push(self, commit: str, branch: str | None = None) -> int:
        """Give the remote `commit` (never forced); returns how many commits it had not.

        Raises RetryError if another branch than `branch` is checked out by now.

        Raises RejectedError if it moved meanwhile, OfflineError, RemoteNeedsUserError, and
        LeftOutError if it refused something for its size that is not among the commits any more.
        """

    async def move(self, target: str, branch: str | None = None) -> int:
        """Fast-forward branch and working tree to `target`; returns how many paths changed.

        Raises RetryError if another branch than `branch` is checked out by now.

        Raises EditedError when somebody changed paths meanwhile: commit those, and merge again;
        RetryError when somebody uses the repository or a file just now.
        """

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as `move` left it, so that a hint at it tells nothing new.

        It may always say no: what has not changed is then looked at in vain.
        """
        del path
        return False

    async def tidy(self) -> float | None:
        """Look after what moves left behind, when nothing else is to be done.

        Returns in how many seconds to come back, None if nothing is left.
        """
        return None

    async def history(self, path: bytes | None, limit: int) -> tuple[Past, ...]:
        """The automatic commits, or all commits of a file, renames followed; newest first."""
        del path, limit
        raise _not_with(self, "the history")

    async def conflict_copies(self) -> tuple[ConflictCopy, ...]:
        """The conflict copies in the watched folder."""
        return ()

    async def count_conflict_copies(self) -> int:
        """How many there are."""
        return len(await self.conflict_copies())

    async def describe(self, commit: str, text: str) -> str:
        """Put `text` in place of the subject of an automatic commit that was not published yet, and
        return the commit's new id. Not while a commit or a push is made.

        Raises RepositoryFailedError if it was published, or can't be described.
        """
        del commit, text
        raise RepositoryFailedError(f"commits of {self.name} can't be described afterwards")

    async def folder_at(self, path: bytes, at: str | float) -> FolderThen | None:
        """What a folder held at a revision, or at a moment in Unix seconds; None if there was no
        such folder then."""
        del path, at
        return None

    async def restore(self, path: bytes, at: str | float, output: Path | None) -> Restored:
        """Put the version of a file at a revision, or at a moment in Unix seconds, into the tree
        as an edit like any other, or into the new file `output`.

        Raises RepositoryFailedError if there is no such version, or it can't be put there.
        """
        del path, at, output
        raise _not_with(self, "earlier versions")


def _not_with(repository: Repository, what: str) -> RepositoryFailedError:
    name = repository.name
    return RepositoryFailedError(f"{what} can't be read here: {name} has no command for that")


Keep = Literal["this", "other", "both"]
"""Which version of a conflict stays: the one that has the name, the one in the copy, or both, under
plain names."""


@dataclass(frozen=True, slots=True)
class SettledNow:
    """A conflict that the user settled: the paths that were `written` or deleted, where the copy's
    version is `now` (None: in the history), and the commits that `kept` what was in none yet."""

    written: tuple[bytes, ...]
    now: bytes | None
    kept: tuple[str, ...]


@runtime_checkable
class KnowsCopies(Protocol):
    """A repository that can tell where conflict copies came from, and settle conflicts."""

    async def settled_between(self, previous: str, target: str) -> tuple[Settled, ...]:
        """The conflicts of which `target` has a copy in the watched folder, and `previous` none."""

    async def compare(self, path: bytes, copy: bytes) -> bytes:
        """How the copy differs from the path, both as they are on disk, as a unified diff."""

    async def settle(self, conflict: ConflictCopy, keep: Keep) -> SettledNow:
        """Do what the user wants done about a conflict, as an edit like any other.

        What is dropped stays in the history. Raises RepositoryFailedError.
        """


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """What a backend needs to know of the settings to open a repository.

    `ignore` are extra patterns in gitignore syntax relative to `path`; `remote` a remote's name,
    "none", or None for the branch's upstream; `machine` the stable id of
    this machine; `environment` is complete, `env` of the configuration included. `tell_progress`
    takes how much of a transfer is done, from 0 to 1, as often as there is news. `fit` judges
    versions that no look has shown. `shut` tells where another file system hides the tree.
    """

    path: Path
    remote: str | None
    ignore: tuple[str, ...]
    on_conflict: tuple[tuple[str, OnConflict], ...]
    commit_hooks: bool
    machine: str
    host: str
    slots: Slots
    connections: Connections = field(default_factory=Connections)
    environment: Mapping[str, str] = field(default_factory=dict)
    tell_progress: Callable[[float], None] = lambda _share: None
    fit: Fit = fit_anyway
    shut: Shut = nothing_shut


class Backend(Protocol):
    """A version control system that autosync can drive."""

    name: str

    def detect(self, path: Path) -> Path | None:
        """The root of the nearest repository of this kind that `path` is, or lies inside."""

    async def open(self, options: OpenOptions) -> Repository:
        """Open the working copy at `options.path`.

        Raises NeedsUserError: no such directory, no permission, no repository, no such tool.
        """
