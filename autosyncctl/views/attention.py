"""What needs attention, below the table of `status`: each trouble once, with what helps."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec

from autosyncctl.view import Cell, Line, Tone
from autosyncctl.words import clean, count, one_line, shell_word
from autosyncd.api.types import RepositoryStatus, Status

NAMES_SHOWN = 3
AGAIN = "tried again by itself; at once: `{}`"


class Note(msgspec.Struct, frozen=True):
    """A trouble of one repository; the most urgent have the least `rank`.

    What helps is a `hint`, or a `command` about the repositories, which are said by their names
    where that is needed or they are few; `{}` in the hint stands for that command.
    """

    rank: int
    tone: Tone
    text: str
    hint: str | None = None
    command: str | None = None
    named: bool = False


def attention(status: Status) -> tuple[Line, ...]:
    """Those that wait for the user first; troubles that many share are told together."""
    found: dict[Note, list[str]] = {}
    for one in status.repositories:
        for note in _notes(one):
            found.setdefault(note, []).append(one.name)
    ranked = sorted(found, key=attrgetter("rank"))
    lines = (line for note in ranked for line in _lines(note, found[note]))
    return (*lines, *_channels(status))


def waits_for_user(one: RepositoryStatus) -> bool:
    """Whether there is something in it that nobody but the user can settle."""
    return one.state in ("blocked", "failed") or bool(one.conflicts or one.held)


def _notes(one: RepositoryStatus) -> Iterator[Note]:
    if one.state in ("blocked", "failed"):
        why, hint = _why(one)
        yield Note(0, Tone.BAD, f"{one.state}: {why}", hint)
    if one.conflicts:
        copies = count(one.conflicts, "conflict copy")
        yield Note(1, Tone.CAREFUL, f"{copies} to settle", command="conflicts")
    if one.held:
        held = count(one.held, "path")
        yield Note(2, Tone.CAREFUL, f"{held} left out on purpose", command="held")
    if one.state == "offline":
        why, hint = _why(one)
        command = None if hint else "sync"
        yield Note(3, Tone.CAREFUL, f"offline: {why}", hint or AGAIN, command)
    if one.state == "paused" and one.paused_until is None:
        until = "paused until you resume it"
        yield Note(4, Tone.CAREFUL, until, command="resume", named=True)


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
    said = names if note.named or more <= 0 else []
    dashes = ["--"] if any(name.startswith("-") for name in said) else []
    command = " ".join(["autosyncctl", note.command or "", *dashes, *map(shell_word, said)])
    if note.hint:
        hint = note.hint.replace("{}", command) if note.command else note.hint
        return head, _helps(hint)
    return (head, (Cell(f"  {command}", Tone.COMMAND),)) if note.command else (head,)


def _helps(hint: str) -> Line:
    """Nothing but a command stands there as it is to be typed."""
    command = hint[1:-1]
    if hint == f"`{command}`" and "`" not in command:
        return (Cell(f"  {command}", Tone.COMMAND),)
    return (Cell(f"  {hint}"),)


def _channels(status: Status) -> Iterable[Line]:
    for channel in status.daemon.channels:
        if not channel.connected:
            why = f": {one_line(channel.detail)}" if channel.detail else ""
            name = Cell(f"channel {clean(channel.name)}", Tone.STRONG)
            yield name, Cell(f": not connected{why}", Tone.CAREFUL)
