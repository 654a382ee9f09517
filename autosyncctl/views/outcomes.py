"""What commands that do something have done."""

from collections.abc import Iterable, Mapping

from autosyncctl.view import Cell, Line, Tone, View, padded, width_of
from autosyncctl.words import bar, clean, clock, one_line
from autosyncd.api.events import StateChanged
from autosyncd.api.types import (
    DoctorResult,
    Finding,
    ReloadResult,
    RepositoryStatus,
    Status,
    SyncOutcome,
    SyncResult,
)

BAR_WIDTH = 20
LEVEL_WIDTH = 8
TONES = {"ok": Tone.GOOD, "note": Tone.CAREFUL, "problem": Tone.BAD}


def sync_view(result: SyncResult, *, waited: bool) -> View:
    """One line for each repository: what was reached; why one failed is an error, not in here."""
    if not result.repositories:
        return View(lines=((Cell("nothing to sync"),),))
    width = max(width_of(clean(one.name)) for one in result.repositories)
    return View(
        lines=tuple(
            (Cell(f"{padded(clean(one.name), width)}  ", Tone.STRONG), _reached(one, waited=waited))
            for one in result.repositories
        )
    )


def _reached(one: SyncOutcome, *, waited: bool) -> Cell:
    if not one.ok:
        return Cell("failed", Tone.BAD)
    if not waited:
        return Cell("asked to sync", Tone.GOOD)
    return Cell(clean(one.apart), Tone.CAREFUL) if one.apart else Cell("in step", Tone.GOOD)


def progress_view(doing: Mapping[str, str]) -> View:
    """What each repository that is not done yet is doing."""
    width = max((width_of(clean(name)) for name in doing), default=0)
    return View(
        lines=tuple(
            (Cell(f"{padded(clean(name), width)}  ", Tone.STRONG), Cell(what, Tone.BUSY))
            for name, what in doing.items()
        )
    )


def doing_of(one: RepositoryStatus | StateChanged) -> str | None:
    """What a repository is doing, None once it is at rest."""
    if one.state == "idle":
        return None
    step = f" {one.step}" if one.step else ""
    if isinstance(one, RepositoryStatus) and one.progress is not None:
        step += f" {one.progress:4.0%} {bar(one.progress, BAR_WIDTH)}"
    reason = f": {one_line(one.reason)}" if one.reason else ""
    return f"{one.state}{step}{reason}"


def reload_view(result: ReloadResult) -> View:
    """What a reload has changed."""
    changes = (
        ("added", result.added),
        ("changed", result.changed),
        ("removed", result.removed),
    )
    said = [f"{what} {_listed(names)}" for what, names in changes if names]
    return View(lines=((Cell(f"reloaded: {'; '.join(said) or 'nothing has changed'}"),),))


def paused_view(status: Status, now: float) -> View:
    """Which repositories are paused, and until when."""
    lines = tuple(_paused(one, now) for one in status.repositories)
    return View(lines=lines or ((Cell("nothing to pause"),),))


def _paused(one: RepositoryStatus, now: float) -> Line:
    name = clean(one.name)
    if one.state != "paused":
        return (Cell(f"{name} will be paused, after what it does now ({one.state})"),)
    if one.paused_until is None:
        return (Cell(f"paused {name} until it is resumed"),)
    return (Cell(f"paused {name} until {clock(one.paused_until, now)}"),)


def resumed_view(names: tuple[str, ...]) -> View:
    """Which repositories go on."""
    return View(lines=((Cell(f"resumed {_listed(names)}" if names else "nothing to resume"),),))


def doctor_view(result: DoctorResult) -> View:
    """The findings, what mends each below it."""
    lines = tuple(line for finding in result.findings for line in _finding(finding))
    verdict = (
        Cell("no problems found", Tone.GOOD) if result.ok else Cell("problems found", Tone.BAD)
    )
    return View(lines=(*lines, (verdict,)), hang=LEVEL_WIDTH)


def _finding(finding: Finding) -> tuple[Line, ...]:
    about = f"{finding.repository}: " if finding.repository else ""
    said = (
        Cell(f"{finding.level:<{LEVEL_WIDTH}}", TONES[finding.level]),
        Cell(one_line(f"{about}{finding.message}")),
    )
    if not finding.hint:
        return (said,)
    return said, (Cell(f"{'':<{LEVEL_WIDTH}}{one_line(finding.hint)}", Tone.COMMAND),)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(clean(name) for name in names)
