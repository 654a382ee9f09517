"""The parameters of each request (contract, section 8); unknown keys are refused."""

import msgspec

Repositories = tuple[str, ...] | None


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
    for_: float | None = msgspec.field(default=None, name="for")


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
    limit: int | None = None


class SubscribeParams(_Params, frozen=True, kw_only=True):
    """For `subscribe`; without `kinds` all kinds."""

    repositories: Repositories = None
    kinds: tuple[str, ...] | None = None


class DoctorParams(_Params, frozen=True, kw_only=True):
    """For `doctor`."""

    repositories: Repositories = None
