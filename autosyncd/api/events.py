"""Events: what happened, when and to which repository, one type for each kind of the contract."""

from typing import get_args

import msgspec

from autosyncd.api.types import State, StepName


class Base(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all events have; `time` in Unix seconds, `repository` null for the daemon itself."""

    time: float
    repository: str | None = None


class StateChanged(Base, frozen=True, kw_only=True, tag="state"):
    """A repository moved to another public state, or to another step of `syncing`.

    `detail`: only a step on the way, or back to what was so before; the journal keeps none."""

    state: State
    step: StepName | None = None
    reason: str | None = None
    detail: bool = False


class Committed(Base, frozen=True, kw_only=True, tag="committed"):
    """Local changes became a commit of `files` paths; or, without any, the user described the
    commit `was`, which is `commit` now."""

    commit: str
    subject: str
    files: int
    was: str | None = None


class Pushed(Base, frozen=True, kw_only=True, tag="pushed"):
    """The remote took `commit`; `commits` counts those it had not."""

    commit: str
    remote: str
    url: str | None
    branch: str
    commits: int


class Integrated(Base, frozen=True, kw_only=True, tag="integrated"):
    """What others had pushed is in the working tree now; `how` is fast-forward or merge."""

    commit: str
    previous: str | None
    remote: str
    how: str
    files: int


class Conflict(Base, frozen=True, kw_only=True, tag="conflict"):
    """Both sides changed the same thing."""

    paths: tuple[str, ...]
    detail: str


class Held(Base, frozen=True, kw_only=True, tag="held"):
    """A path was left out on purpose."""

    path: str
    why: str
    hint: str | None = None


class Problem(Base, frozen=True, kw_only=True, tag="problem"):
    """Something went wrong; said once until it is solved or changes."""

    operation: str
    message: str
    hint: str | None = None


class Solved(Base, frozen=True, kw_only=True, tag="solved"):
    """A problem is over."""

    operation: str
    message: str


class Announced(Base, frozen=True, kw_only=True, tag="announced"):
    """A push was told to others over `channel`."""

    channel: str
    commit: str


class Heard(Base, frozen=True, kw_only=True, tag="heard"):
    """Somebody else's push was heard of; `sender` is a machine or another repository here."""

    channel: str
    sender: str
    commit: str | None = None


class Peer(Base, frozen=True, kw_only=True, tag="peer"):
    """Something about another machine."""

    peer: str
    detail: str


class DaemonEvent(Base, frozen=True, kw_only=True, tag="daemon"):
    """Something about the daemon: started, stopping, reloaded, or events lost by a slow reader."""

    what: str
    detail: str | None = None


Event = (
    StateChanged
    | Committed
    | Pushed
    | Integrated
    | Conflict
    | Held
    | Problem
    | Solved
    | Announced
    | Heard
    | Peer
    | DaemonEvent
)


class EventsResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `events`, oldest first."""

    events: tuple[Event, ...]


KINDS: tuple[str, ...] = tuple(str(kind.__struct_config__.tag) for kind in get_args(Event))


ADDING = "adding"
"""`what` of the daemon's reports on how far `add` and `clone` are."""


def is_detail(event: Event) -> bool:
    """Whether it is a step on the way, which nobody needs to read later."""
    match event:
        case StateChanged():
            return event.detail
        case DaemonEvent():
            return event.what == ADDING
        case _:
            return False


def kind_of(event: Event) -> str:
    """The event's `kind` as JSON has it."""
    return str(event.__struct_config__.tag)
