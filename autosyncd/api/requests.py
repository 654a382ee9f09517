"""The parameters of each request (contract, section 8); unknown keys are refused."""

from typing import Annotated

import msgspec

from autosyncd.api.durations import LONGEST

Repositories = tuple[str, ...] | None
Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST)]
Count = Annotated[int, msgspec.Meta(ge=0)]


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
    """For `events`; `since` in Unix seconds, `limit` the newest so many."""

    repositories: Repositories = None
    since: float | None = None
    limit: Count | None = None


class SubscribeParams(_Params, frozen=True, kw_only=True):
    """For `subscribe`; without `kinds` all kinds."""

    repositories: Repositories = None
    kinds: tuple[str, ...] | None = None


class DoctorParams(_Params, frozen=True, kw_only=True):
    """For `doctor`."""

    repositories: Repositories = None
