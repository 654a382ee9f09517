"""Conflict copies: whose they are, how they differ, and what became of them."""

from collections import Counter

from autosyncctl.view import Cell, Line, Tone, View
from autosyncctl.words import clean, clock, shell_word, short_id
from autosyncd.api.types import (
    CompareResult,
    ConflictCopyFound,
    ConflictsResult,
    Difference,
    SettledConflict,
    SettleResult,
)

TONES = {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.BUSY}


def conflicts_view(result: ConflictsResult, now: float) -> View:
    """Each copy with whose it is, and how to compare and settle it."""
    copies = Counter((one.root, one.path) for one in result.conflicts)
    lines = [
        line
        for one in result.conflicts
        for line in _copy(one, now, single=copies[one.root, one.path] == 1)
    ]
    if not result.conflicts and not result.unknown:
        lines.append((Cell("no conflict copies", Tone.GOOD),))
    lines += [
        (Cell(f"{clean(name)} can't be read now, see its status", Tone.BAD),)
        for name in result.unknown
    ]
    return View(lines=tuple(lines))


def _copy(one: ConflictCopyFound, now: float, *, single: bool) -> tuple[Line, ...]:
    head = (Cell(clean(one.repository), Tone.STRONG), Cell(f": {clean(one.path)}", Tone.CAREFUL))
    file = shell_word(f"{one.root}/{one.path if single else one.copy}")
    said = () if one.differs else ((Cell("  the two are the same by now"),),)
    if not one.original_exists:
        said = ((Cell(f"  there is no {clean(one.path)} any more: that version is `this`"),),)
    commands = (
        f"  autosyncctl conflicts --diff {file}",
        f"  autosyncctl conflicts --keep this {file}",
    )
    return (
        head,
        (Cell(f"  the other version {_whose(one, now)}"),),
        (Cell(f"  it is in {clean(one.copy)}"),),
        *said,
        *((Cell(command, Tone.COMMAND),) for command in commands),
        (Cell("  or --keep other, or --keep both", Tone.FAINT),),
    )


def _whose(one: ConflictCopyFound, now: float) -> str:
    host = f"is from {clean(one.host)}" if one.host else "is of unknown origin"
    if one.commit is None or one.time is None:
        return host
    return f"{host}, {clock(one.time, now)}, commit {short_id(one.commit)}"


def differences_view(result: CompareResult) -> View:
    """The diffs, one after the other."""
    if not result.differences:
        return View(lines=((Cell("no conflict copies", Tone.GOOD),),))
    lines = tuple(line for one in result.differences for line in _difference(one))
    return View(lines=lines, verbatim=True)


def _difference(one: Difference) -> tuple[Line, ...]:
    what = (Cell(f"{clean(one.path)}: - this version, + the other", Tone.STRONG),)
    text = one.diff.split("\n")
    begin = next((n for n, line in enumerate(text) if line.startswith(("@@", "Binary"))), 0)
    shown = text[begin:] if one.diff else ["the two are the same"]
    lines = [(Cell(_expanded(line), TONES.get(line[:1], Tone.PLAIN)),) for line in shown if line]
    more = ((Cell("and more", Tone.FAINT),),) if one.more else ()
    return (what, *lines, *more)


def _expanded(line: str) -> str:
    return clean(line.rstrip("\r").expandtabs())


def settled_view(result: SettleResult) -> View:
    """What became of each conflict, and what brings back what was dropped and not committed."""
    return View(lines=tuple(line for one in result.settled for line in _settled(one)))


def _settled(one: SettledConflict) -> tuple[Line, ...]:
    path = clean(one.path)
    if one.now is None:
        what = f"{path} stays as it is; the other version stays in the history"
    elif one.now == one.path:
        what = f"{path} has the other version now; the one before stays in the history"
    else:
        what = f"{path} stays as it is; the other version is {clean(one.now)} now"
    name = Cell(clean(one.repository), Tone.STRONG)
    kept = tuple(
        (Cell(f"  not committed yet, and kept for 30 days: git show {short_id(commit)}"),)
        for commit in one.kept
    )
    return ((name, Cell(f": {what}", Tone.GOOD)), *kept)
