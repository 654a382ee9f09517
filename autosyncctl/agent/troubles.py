"""The bubbles of what needs the user: problems, conflicts, what is left out."""

from collections.abc import Mapping

from autosyncctl.agent.bubbles import Act, Bubble, Offer
from autosyncctl.words import clean, count
from autosyncd.api.events import Conflict, Held, Problem, Solved
from autosyncd.errors import told

PROBLEM = "problem"
SHOWN = 4
"""Paths that a bubble names."""


def problem(event: Problem) -> Bubble:
    """It stays until it is closed or solved."""
    name = event.repository or ""
    hint = f"\n{clean(event.hint)}" if event.hint else ""
    what, why = _split(event)
    offers = (Offer(Act.RETRY, name), Offer(Act.PAUSE, name)) if name else ()
    title = f"{_whose(name)}: {clean(what)}"
    return Bubble(key_of(event), title, f"{clean(why)}{hint}", stays=True, offers=offers)


def deletion(bubble: Bubble, repository: str) -> Bubble:
    """A problem that is about deletions which wait: they can be let through from it."""
    offers = (Offer(Act.APPROVE, repository), Offer(Act.PAUSE, repository))
    return Bubble(
        bubble.key, f"{clean(repository)}: deletions wait", bubble.body, stays=True, offers=offers
    )


def solved(event: Solved) -> Bubble:
    """It takes the place of the problem."""
    title = f"{_whose(event.repository or '')}: solved"
    return Bubble(key_of(event), title, clean(event.message))


def over(key: str) -> Bubble:
    """The same where nobody said how."""
    return Bubble(key, f"{_whose(repository_of(key))}: solved", "The problem is over.")


def conflict(event: Conflict) -> Bubble:
    """Which paths have two versions now."""
    name = event.repository or ""
    paths = tuple(map(clean, event.paths))
    body = f"{_some(paths)}\nBoth versions are kept; `autosyncctl conflicts` tells them apart."
    title = f"{clean(name)}: conflict in {count(len(paths), 'file')}"
    return Bubble(
        f"conflict:{name}:{paths}", title, body, stays=True, offers=(Offer(Act.SHOW, name),)
    )


def held(event: Held, waiting: Mapping[str, Bubble]) -> Bubble:
    """What is left out; together with what is about to be told of the same repository."""
    name = event.repository or ""
    key = f"held:{name}"
    before = waiting[key].body.split("\n") if key in waiting else []
    line = f"{clean(event.path)}: {clean(event.why)}"
    lines = [*before, line][-SHOWN:]
    return Bubble(key, f"{clean(name)}: left out", "\n".join(lines), stays=True)


def key_of(event: Problem | Solved) -> str:
    """The key of the bubble that tells of it."""
    return f"{PROBLEM}:{event.operation}:{event.repository or ''}"


def repository_of(key: str) -> str:
    """The repository that a problem's key names; empty for other keys."""
    kind, _, rest = key.partition(":")
    return rest.partition(":")[2] if kind == PROBLEM else ""


def _split(event: Problem) -> tuple[str, str]:
    """What could not be done, for the title, and why."""
    what, _, why = told(event.operation, event.message).partition(": ")
    return what, why


def _whose(name: str) -> str:
    return clean(name) or "autosync"


def _some(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return f"{', '.join(paths[:SHOWN])}{more}"
