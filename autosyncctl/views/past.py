"""What was: commits, conflict copies, versions brought back."""

from autosyncctl.view import Cell, Line, Tone, View
from autosyncctl.words import clean, clock, count, one_line, shell_word, short_id
from autosyncd.api.types import (
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


def restore_view(result: RestoreResult, at: str | float, now: float) -> View:
    """What was restored from where, and where the version before is; a moment is said as it was
    understood."""
    when = "" if isinstance(at, str) else f", as it was at {clock(at, now)}"
    what = "" if result.files is None else f"{count(result.files, 'file')} of "
    said = f"restored {what}{clean(result.file)} from {short_id(result.commit)}{when}"
    lines = [(Cell(said, Tone.GOOD),)]
    kept = "what was there and not committed yet is kept for 30 days"
    for one in result.kept_files:
        how = f"autosyncctl restore --at {clean(one.commit[:12])} {shell_word(one.file)}"
        lines.append((Cell(f"{kept}: `{how}`"),))
    if result.kept:
        what = "what was there and not committed yet is kept for 30 days"
        how = f"restore --at {clean(result.kept[:12])}"
        lines.append((Cell(f"{what}: `autosyncctl {how} {shell_word(result.file)}`"),))
    return View(lines=tuple(lines))
