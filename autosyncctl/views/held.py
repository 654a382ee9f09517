"""What is left out on purpose, and what was let through."""

from autosyncctl.view import Cell, Column, Line, Tone, View
from autosyncctl.words import clean, count, one_line
from autosyncd.api.types import ApproveResult, HeldPath, HeldResult

COLUMNS = (Column("REPO"), Column("PATH", gives=True), Column("WHY", gives=True))
APPROVED_SHOWN = 10


def held_view(result: HeldResult) -> View:
    """A table of what is held, and what to do about each below it."""
    if not result.held:
        return View(lines=((Cell("nothing is held", Tone.GOOD),),))
    hints = tuple(line for one in result.held for line in _hint(one))
    return View(COLUMNS, tuple(map(_row, result.held)), hints, hang=2)


def _row(one: HeldPath) -> Line:
    return (
        Cell(clean(one.repository), Tone.STRONG),
        Cell(clean(one.path), Tone.CAREFUL if one.approvable else Tone.PLAIN),
        Cell(one_line(one.why)),
    )


def _hint(one: HeldPath) -> tuple[Line, ...]:
    """Where `approve` is no help, that is said."""
    hint = one_line(one.hint or "")
    hint = hint if one.approvable else f"{hint or 'it waits'} (it can't be approved)"
    return ((Cell(f"{clean(one.path)}: ", Tone.STRONG), Cell(hint)),)


def approved_view(repository: str, result: ApproveResult) -> View:
    """What was let through."""
    said = f"{clean(repository)}: let {count(len(result.approved), 'path')} through"
    shown = tuple((Cell(f"  {clean(path)}"),) for path in result.approved[:APPROVED_SHOWN])
    more = len(result.approved) - len(shown)
    rest = ((Cell(f"  and {more} more", Tone.FAINT),),) if more else ()
    return View(lines=((Cell(said, Tone.GOOD),), *shown, *rest))
