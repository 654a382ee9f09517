"""What the daemon says of itself and its repositories, typed as the contract's JSON has it."""

from typing import Literal

import msgspec

State = Literal[
    "starting",
    "idle",
    "settling",
    "syncing",
    "waiting",
    "paused",
    "offline",
    "blocked",
    "failed",
    "stopped",
]
Bubbles = Literal["all", "problems", "none"]
StepName = Literal["commit", "fetch", "integrate", "push"]


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One announcement channel as `status` shows it; `hint` where only the user can mend it."""

    name: str
    connected: bool
    detail: str | None = None
    hint: str | None = None


class DaemonStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon as `status` shows it; `uptime` in seconds, `notify` which bubbles are shown."""

    version: str
    pid: int
    uptime: float
    config: str | None
    channels: tuple[Channel, ...] = ()
    notify: Bubbles = "all"


class InStep(msgspec.Struct, frozen=True, kw_only=True):
    """The last commit seen, by asking the remote, to be the same here and there; Unix seconds."""

    commit: str
    checked: float


class LastCommit(msgspec.Struct, frozen=True, kw_only=True):
    """The newest commit of the branch; `time` is its committer date in Unix seconds."""

    id: str
    time: float
    subject: str


class LastError(msgspec.Struct, frozen=True, kw_only=True):
    """The last thing that went wrong; `time` in Unix seconds."""

    time: float
    operation: str
    message: str
    hint: str | None = None


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """What happens next by itself; `at` in Unix seconds."""

    action: str
    at: float


class RepositoryStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One repository as `status` shows it (contract, section 3); times are Unix seconds. `notify`:
    which bubbles it gets, null as the daemon's."""

    name: str
    path: str
    vcs: str
    state: State
    since: float
    step: StepName | None = None
    progress: float | None = None
    reason: str | None = None
    branch: str | None = None
    remote: str | None = None
    pending: int = 0
    ahead: int = 0
    behind: int = 0
    conflicts: int = 0
    held: int = 0
    watches: int = 0
    in_step: InStep | None = None
    last_commit: LastCommit | None = None
    last_push: float | None = None
    last_pull: float | None = None
    last_error: LastError | None = None
    paused_until: float | None = None
    next: Next | None = None
    notify: Bubbles | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `status`."""

    daemon: DaemonStatus
    repositories: tuple[RepositoryStatus, ...]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `pause` and `resume`: the repositories that it concerned."""

    repositories: tuple[str, ...]


class SyncOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a `sync` of one repository ended: `ok` if all is done that its settings want, `error` is
    why not. `apart` is why that need not be what the remote has; null where it was seen to be the
    same, and where nobody waited."""

    name: str
    ok: bool
    error: str | None = None
    apart: str | None = None


class SyncResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `sync`."""

    repositories: tuple[SyncOutcome, ...]


class ReloadResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `reload`: the names of the workers that came, went and changed."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


class VersionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `version`."""

    version: str
    pid: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that `doctor` found: `hint` is what mends it."""

    repository: str | None
    level: Literal["ok", "note", "problem"]
    message: str
    hint: str | None = None


class DoctorResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `doctor`; `ok` is false when any finding is a problem."""

    ok: bool
    findings: tuple[Finding, ...]


class HeldPath(msgspec.Struct, frozen=True, kw_only=True):
    """A path that is left out on purpose, relative to the repository's root.

    `hint` is what to do about it; where `approvable` is false, `approve` does not help. `reason` is
    `large`, `confidential`, `emptied`, `deleted` (all deletions that wait together) or `away`.
    """

    repository: str
    path: str
    why: str
    hint: str | None = None
    approvable: bool = False
    reason: str | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What the next commit would take: how many files of how many `bytes`, and what is left out
    of it on purpose, the first of that only (`more` others)."""

    files: int
    bytes: int
    held: tuple[HeldPath, ...] = ()
    more: int = 0


class AddResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `add` and `clone`. `done` are sentences, in their order; `error` is why the
    repository is not in step yet (it is tried again), null if it is, or if its settings want no
    more: then `apart` says what it is instead. `remote` is the URL without a password, `config` the
    file with the entry. After a dry run nothing is done."""

    name: str
    path: str
    remote: str | None
    config: str | None
    done: tuple[str, ...]
    preview: Preview | None = None
    dry_run: bool = False
    error: str | None = None
    apart: str | None = None


class RemoveResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `remove`; `config` is the file that had the entry."""

    name: str
    path: str
    config: str | None


class HeldResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `held`."""

    held: tuple[HeldPath, ...]


class ApproveResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `approve`: the paths that were let through."""

    approved: tuple[str, ...]


class PastCommit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of `history`; `time` in Unix seconds, `host` null where the commit does not say
    which machine made it, `more` how many further paths it changed."""

    id: str
    time: float
    subject: str
    host: str | None
    paths: tuple[str, ...]
    more: int = 0


class DescribeResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `describe`: the commit's new id."""

    commit: str


class HistoryResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `history`, newest first."""

    commits: tuple[PastCommit, ...]


class ConflictCopyFound(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict copy: `path` has two versions, the other one is in `copy`, both relative to
    `root`. Who made that one, and when, is null where the history does not say."""

    repository: str
    root: str
    path: str
    copy: str
    time: float | None
    host: str | None
    commit: str | None
    subject: str | None
    original_exists: bool
    differs: bool


class ConflictsResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `conflicts`; `unknown` are repositories that can't be read now."""

    conflicts: tuple[ConflictCopyFound, ...]
    unknown: tuple[str, ...] = ()


class KeptVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose version on disk was in no commit, and the commit that keeps it now."""

    file: str
    commit: str


class RestoreResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `restore`: the file that was written, the commit its version is from, and
    the commit that keeps what was there and not committed yet, null if there was nothing.

    Of a folder, `files` is how many were written, and `kept_files` are those of which something was
    not committed yet."""

    file: str
    commit: str
    kept: str | None = None
    files: int | None = None
    kept_files: tuple[KeptVersion, ...] = ()


class SettledConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that the user settled: `now` is where the version of the copy is, null if only in
    the history; `kept` are the commits that keep what was on disk and not committed yet."""

    repository: str
    path: str
    copy: str
    now: str | None
    kept: tuple[str, ...] = ()


class SettleResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `settle`."""

    settled: tuple[SettledConflict, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How a conflict copy differs from the file that has the name: a unified diff, `more` where it
    was cut."""

    repository: str
    path: str
    copy: str
    diff: str
    more: bool = False


class CompareResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `compare`."""

    differences: tuple[Difference, ...]
