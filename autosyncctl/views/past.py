"""What was: commits, conflict copies, versions brought back."""

import shlex

from autosyncctl.view import Cell, Line, Tone, View
from autosyncctl.words import clean, clock, one_line, short_id
from autosyncd.api.types import (
    ConflictCopyFound,
    ConflictsResult,
    HistoryResult,
    PastCommit,
    RestoreResult,
)

PATHS_SHOWN = 5


def history_view(result: HistoryResult, now: float) -> View:
    """Each commit in a line, and the paths it changed below it."""
    if not result.commits:
        return View(lines=((Cell("no commits yet"),),))
    return View(lines=tuple(line for one in result.commits for line in _commit(one, now)))


def _commit(one: PastCommit, now: float) -> tuple[Line, ...]:
    host = f" ({clean(one.host)})" if one.host else ""
    said = (
        Cell(f"{short_id(one.id)}  ", Tone.STRONG),
        Cell(f"{clock(one.time, now)}  ", Tone.FAINT),
        Cell(one_line(one.subject)),
        Cell(host, Tone.FAINT),
    )
    paths = tuple((Cell(f"         {clean(path)}", Tone.FAINT),) for path in one.paths)
    more = len(one.paths) + one.more - PATHS_SHOWN
    rest = ((Cell(f"         and {more} more", Tone.FAINT),),) if more > 0 else ()
    return (said, *paths[:PATHS_SHOWN], *rest)


def conflicts_view(result: ConflictsResult, now: float) -> View:
    """Each copy with whose it is, and what to do about it."""
    lines = [line for one in result.conflicts for line in _copy(one, now)]
    if result.conflicts:
        lines.append(
            (Cell("to settle one: take over what you need, then delete the copy", Tone.FAINT),)
        )
    elif not result.unknown:
        lines.append((Cell("no conflict copies", Tone.GOOD),))
    lines += [
        (Cell(f"{clean(name)} can't be read now, see its status", Tone.BAD),)
        for name in result.unknown
    ]
    return View(lines=tuple(lines))


def _copy(one: ConflictCopyFound, now: float) -> tuple[Line, ...]:
    head = (Cell(clean(one.repository), Tone.STRONG), Cell(f": {clean(one.path)}", Tone.CAREFUL))
    original, copy = (_quoted(f"{one.root}/{path}") for path in (one.path, one.copy))
    return (
        head,
        (Cell(f"  the other version {_whose(one, now)}"),),
        (Cell(f"  {_advice(one, original, copy)}"),),
        (Cell(f"  rm {copy}"),),
    )


def _whose(one: ConflictCopyFound, now: float) -> str:
    host = f"is from {clean(one.host)}" if one.host else "is of unknown origin"
    if one.commit is None or one.time is None:
        return host
    return f"{host}, {clock(one.time, now)}, commit {short_id(one.commit)}"


def _advice(one: ConflictCopyFound, original: str, copy: str) -> str:
    if not one.original_exists:
        return f"there is no {original} any more; to have this version there: mv {copy} {original}"
    return f"diff {original} {copy}" if one.differs else "it is the same by now"


def restore_view(result: RestoreResult, at: str | float, now: float) -> View:
    """What was restored from where, and where the version before is; a moment is said as it was
    understood."""
    when = "" if isinstance(at, str) else f", as it was at {clock(at, now)}"
    said = f"restored {clean(result.file)} from {short_id(result.commit)}{when}"
    lines = [(Cell(said, Tone.GOOD),)]
    if result.kept:
        what = "what was there and not committed yet is kept for 30 days"
        how = f"restore --at {clean(result.kept[:12])}"
        lines.append((Cell(f"{what}: autosyncctl {how} {_quoted(result.file)}"),))
    return View(lines=tuple(lines))


def _quoted(path: str) -> str:
    return clean(shlex.quote(path))
