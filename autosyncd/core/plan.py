"""The next step of a repository, decided from what is known of it alone."""

from dataclasses import dataclass
from enum import Enum


class Relation(Enum):
    """How the local branch stands to what was last seen at the remote."""

    NO_REMOTE = "no remote"
    UNBORN = "no commit here and none there"
    UNPUBLISHED = "the remote has no such branch"
    SAME = "same"
    AHEAD = "ahead"
    BEHIND = "behind"
    DIVERGED = "diverged"


class Step(Enum):
    """What a worker can do next."""

    COMMIT = "commit"
    FETCH = "fetch"
    INTEGRATE = "integrate"
    PUSH = "push"
    REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that the decision needs.

    `settled`: changed paths wait and their quiet period is over. `hands_off`: nothing may be
    touched now. `remote_shut`: the remote failed and its next try is not due. `fetched`: the
    remote was asked since the last local commit.
    """

    relation: Relation
    settled: bool = False
    hands_off: bool = False
    remote_shut: bool = False
    fetch_due: bool = False
    fetched: bool = False
    push_due: bool = False
    pulls: bool = True
    pushes: bool = True


def next_step(view: View) -> Step:
    """Commit first, then ask the remote, take in what it has, and give it what it lacks."""
    if view.hands_off:
        return Step.REST
    if view.settled:
        return Step.COMMIT
    if view.remote_shut or view.relation is Relation.NO_REMOTE or not (view.pulls or view.pushes):
        return Step.REST
    return _remote_step(view)


def _remote_step(view: View) -> Step:
    gives = view.pushes and view.push_due and view.relation in _GIVES
    if view.fetch_due or (gives and not view.fetched):
        return Step.FETCH
    if view.pulls and view.relation in (Relation.BEHIND, Relation.DIVERGED):
        return Step.INTEGRATE
    return Step.PUSH if gives else Step.REST


_GIVES = (Relation.UNPUBLISHED, Relation.AHEAD, Relation.DIVERGED)


def in_step(relation: Relation, *, pulls: bool, pushes: bool) -> bool:
    """Whether nothing is left to do that the configuration wants done."""
    match relation:
        case Relation.NO_REMOTE | Relation.SAME | Relation.UNBORN:
            return True
        case Relation.AHEAD | Relation.UNPUBLISHED:
            return not pushes
        case Relation.BEHIND:
            return not pulls
        case Relation.DIVERGED:
            return not pulls and not pushes


def apart(relation: Relation, *, pulls: bool, pushes: bool) -> str | None:
    """Where all that is wanted is done: why the sides need not be the same; None if they are."""
    match relation, pulls, pushes:
        case _, False, False:
            return "committed here only: its settings want no remote asked"
        case Relation.NO_REMOTE, _, _:
            return "committed here only: it has no remote to be in step with"
        case ((Relation.AHEAD | Relation.UNPUBLISHED), _, False):
            return "all of the remote is here; its settings let nothing be pushed"
        case Relation.UNBORN, _, _:
            return "nothing is committed yet, neither here nor at the remote"
        case Relation.BEHIND, False, _:
            return "all is pushed; its settings let nothing come in"
        case _:
            return None
