"""What needs attention, below the table of `status`: each trouble once, with what helps."""

import shlex
from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec

from autosyncctl.view import Cell, Line, Tone
from autosyncctl.words import clean, count, one_line
from autosyncd.api.types import RepositoryStatus, Status

NAMES_SHOWN = 3
AGAIN = "tried again by itself; at once: autosyncctl sync {}"


class Note(msgspec.Struct, frozen=True):
    """A trouble of one repository; the most urgent have the least `rank`."""

    rank: int
    tone: Tone
    text: str
    hint: str | None


def attention(status: Status) -> tuple[Line, ...]:
    """Those that wait for the user first; troubles that many share are told together."""
    found: dict[Note, list[str]] = {}
    for one in status.repositories:
        for note in _notes(one):
            found.setdefault(note, []).append(one.name)
    ranked = sorted(found, key=attrgetter("rank"))
    lines = (line for note in ranked for line in _lines(note, found[note]))
    return (*lines, *_channels(status))


def _notes(one: RepositoryStatus) -> Iterator[Note]:
    if one.state in ("blocked", "failed"):
        why, hint = _why(one)
        yield Note(0, Tone.BAD, f"{one.state}: {why}", hint)
    if one.conflicts:
        copies = count(one.conflicts, "conflict copy")
        yield Note(1, Tone.CAREFUL, f"{copies} to settle", "autosyncctl conflicts {}")
    if one.held:
        held = count(one.held, "path")
        yield Note(2, Tone.CAREFUL, f"{held} left out on purpose", "autosyncctl held {}")
    if one.state == "offline":
        why, hint = _why(one)
        yield Note(3, Tone.CAREFUL, f"offline: {why}", hint or AGAIN)


def _why(one: RepositoryStatus) -> tuple[str, str | None]:
    """The reason, and the cure that may be a part of it."""
    error = one.last_error
    why = one.reason or (error.message if error else "no reason is known")
    hint = one_line(error.hint) if error and error.hint else None
    why = one_line(why)
    if hint and why.endswith(f"; {hint}"):
        return why.removesuffix(f"; {hint}"), hint
    return why, None if hint and hint in why else hint


def _lines(note: Note, names: list[str]) -> tuple[Line, ...]:
    shown = ", ".join(map(clean, names[:NAMES_SHOWN]))
    more = len(names) - NAMES_SHOWN
    who = f"{shown} and {more} more" if more > 0 else shown
    head = (Cell(who, Tone.STRONG), Cell(f": {note.text}", note.tone))
    if not note.hint:
        return (head,)
    words = " ".join(shlex.quote(clean(name)) for name in names) if more <= 0 else ""
    return (head, (Cell(f"  {note.hint.replace('{}', words).rstrip()}"),))


def _channels(status: Status) -> Iterable[Line]:
    for channel in status.daemon.channels:
        if not channel.connected:
            why = f": {one_line(channel.detail)}" if channel.detail else ""
            name = Cell(f"channel {clean(channel.name)}", Tone.STRONG)
            yield name, Cell(f": not connected{why}", Tone.CAREFUL)
