"""The life of a repository as a table: states by triggers."""

from enum import Enum, auto

from autosyncd.api.types import State, StepName


class Phase(Enum):
    """Where a worker is, finer than the public states."""

    STARTING = auto()
    IDLE = auto()
    SETTLING = auto()
    COMMITTING = auto()
    FETCHING = auto()
    INTEGRATING = auto()
    PUSHING = auto()
    WAITING = auto()
    PAUSED = auto()
    OFFLINE = auto()
    BLOCKED = auto()
    FAILED = auto()
    STOPPED = auto()


class Trigger(Enum):
    """What moves a worker on; the first three come from outside."""

    CHANGE = auto()
    PAUSE = auto()
    RESUME = auto()
    START = auto()
    COMMIT = auto()
    FETCH = auto()
    INTEGRATE = auto()
    PUSH = auto()
    REST = auto()
    SETTLE = auto()
    WAIT = auto()
    LOSE_REMOTE = auto()
    BLOCK = auto()
    CRASH = auto()
    STOP = auto()


OUTSIDE = frozenset({Trigger.CHANGE, Trigger.PAUSE, Trigger.RESUME})

_RESTING = (Phase.IDLE, Phase.SETTLING, Phase.WAITING, Phase.OFFLINE, Phase.BLOCKED)
_WORKING = (Phase.COMMITTING, Phase.FETCHING, Phase.INTEGRATING, Phase.PUSHING)
_ALIVE = (Phase.STARTING, *_RESTING, *_WORKING)
_STEPS = {
    Trigger.COMMIT: Phase.COMMITTING,
    Trigger.FETCH: Phase.FETCHING,
    Trigger.INTEGRATE: Phase.INTEGRATING,
    Trigger.PUSH: Phase.PUSHING,
}
_RESTS = {
    Trigger.REST: Phase.IDLE,
    Trigger.SETTLE: Phase.SETTLING,
    Trigger.WAIT: Phase.WAITING,
    Trigger.LOSE_REMOTE: Phase.OFFLINE,
    Trigger.BLOCK: Phase.BLOCKED,
}

TABLE: dict[tuple[Phase, Trigger], Phase] = {
    **{(p, Trigger.CHANGE): Phase.SETTLING for p in (Phase.IDLE, Phase.WAITING, Phase.OFFLINE)},
    **{(p, Trigger.PAUSE): Phase.PAUSED for p in _ALIVE},
    (Phase.PAUSED, Trigger.RESUME): Phase.STARTING,
    **{(p, Trigger.START): Phase.STARTING for p in Phase},
    **{(p, t): to for p in _ALIVE for t, to in {**_STEPS, **_RESTS}.items()},
    **{(p, Trigger.CRASH): Phase.FAILED for p in Phase},
    **{(p, Trigger.STOP): Phase.STOPPED for p in Phase},
}

_PUBLIC: dict[Phase, tuple[State, StepName | None]] = {
    Phase.STARTING: ("starting", None),
    Phase.IDLE: ("idle", None),
    Phase.SETTLING: ("settling", None),
    Phase.COMMITTING: ("syncing", "commit"),
    Phase.FETCHING: ("syncing", "fetch"),
    Phase.INTEGRATING: ("syncing", "integrate"),
    Phase.PUSHING: ("syncing", "push"),
    Phase.WAITING: ("waiting", None),
    Phase.PAUSED: ("paused", None),
    Phase.OFFLINE: ("offline", None),
    Phase.BLOCKED: ("blocked", None),
    Phase.FAILED: ("failed", None),
    Phase.STOPPED: ("stopped", None),
}


class ImpossibleMoveError(Exception):
    """A trigger from inside has no row: a bug, not a state of the world."""


def move(phase: Phase, trigger: Trigger) -> Phase:
    """Where a trigger leads; one from outside without a row leaves the phase as it is."""
    if target := TABLE.get((phase, trigger)):
        return target
    if trigger in OUTSIDE:
        return phase
    raise ImpossibleMoveError(f"no move from {phase.name} by {trigger.name}")


def public(phase: Phase) -> tuple[State, StepName | None]:
    """The public state, and the step of `syncing`."""
    return _PUBLIC[phase]
