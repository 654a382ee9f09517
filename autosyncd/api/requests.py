"""The parameters of each request (contract, section 8); unknown keys are refused."""

from typing import Annotated, Literal

import msgspec

from autosyncd.api.durations import LONGEST

Repositories = tuple[str, ...] | None
Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class _Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class NoParams(_Params, frozen=True, kw_only=True):
    """For `reload`, `version` and `stop`."""


class StatusParams(_Params, frozen=True, kw_only=True):
    """For `status`: all repositories, or those named."""

    repositories: Repositories = None


class PauseParams(_Params, frozen=True, kw_only=True):
    """For `pause`; `for_` (in JSON `for`) in seconds, for ever without it."""

    repositories: Repositories = None
    all: bool = False
    for_: Seconds | None = msgspec.field(default=None, name="for")


class ResumeParams(_Params, frozen=True, kw_only=True):
    """For `resume`."""

    repositories: Repositories = None
    all: bool = False


class SyncParams(_Params, frozen=True, kw_only=True):
    """For `sync`; without `wait` the answer comes at once."""

    repositories: Repositories = None
    wait: bool = True


class EventsParams(_Params, frozen=True, kw_only=True):
    """For `events`; `since` in Unix seconds, `limit` the newest so many, without `kinds` all."""

    repositories: Repositories = None
    since: float | None = None
    limit: Count | None = None
    kinds: tuple[str, ...] | None = None


class SubscribeParams(_Params, frozen=True, kw_only=True):
    """For `subscribe`; without `kinds` all kinds."""

    repositories: Repositories = None
    kinds: tuple[str, ...] | None = None


class ConflictsParams(_Params, frozen=True, kw_only=True):
    """For `conflicts`."""

    repositories: Repositories = None


class CompareParams(_Params, frozen=True, kw_only=True):
    """For `compare`: the absolute path of a file with conflict copies, or of one of these."""

    file: str


class SettleParams(_Params, frozen=True, kw_only=True):
    """For `settle`: as `compare`, and which version stays."""

    file: str
    keep: Literal["this", "other", "both"]


class HeldParams(_Params, frozen=True, kw_only=True):
    """For `held`."""

    repositories: Repositories = None


class ApproveParams(_Params, frozen=True, kw_only=True):
    """For `approve`; without `paths` the deletions that wait all together."""

    repository: str
    paths: tuple[str, ...] | None = None


class HistoryParams(_Params, frozen=True, kw_only=True):
    """For `history`: of a repository, or of a file by its absolute path."""

    repository: str | None = None
    file: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 20


class RestoreParams(_Params, frozen=True, kw_only=True):
    """For `restore`. `at` is a revision, or a moment in Unix seconds, as a number or as digits
    that are no commit's id; `file` and `output` are absolute paths."""

    file: str
    at: str | float
    output: str | None = None


class DescribeParams(_Params, frozen=True, kw_only=True):
    """For `describe`; `message` takes the place of the subject."""

    repository: str
    commit: str
    message: Annotated[str, msgspec.Meta(max_length=100_000)]


class DescribingParams(_Params, frozen=True, kw_only=True):
    """For `describing`: the user is being asked about the last commit."""

    repository: str


class AddParams(_Params, frozen=True, kw_only=True):
    """For `add`: an absolute path, a URL, and settings as YAML would have them behind their keys.

    With `dry_run`, only what would be done is found out."""

    path: str
    remote: str | None = None
    set: dict[str, str] = {}
    dry_run: bool = False


class CloneParams(_Params, frozen=True, kw_only=True):
    """For `clone`."""

    url: str
    path: str
    set: dict[str, str] = {}


class RemoveParams(_Params, frozen=True, kw_only=True):
    """For `remove`."""

    repository: str


class DoctorParams(_Params, frozen=True, kw_only=True):
    """For `doctor`."""

    repositories: Repositories = None
