"""What `status` shows: a table of all repositories, and below it what needs attention."""

from collections import Counter
from collections.abc import Iterator

from autosyncctl.view import Cell, Column, Line, Screen, Tone, View, width_of
from autosyncctl.words import ago, clean, clock, count, short_id, span
from autosyncd.api.types import LastError, RepositoryStatus, State, Status

COLUMNS = (
    Column("REPOSITORY", gives=True),
    Column("STATE"),
    Column("BRANCH", gives=True),
    Column("IN STEP"),
    Column("CHANGES"),
    Column("NEXT"),
)

TONES: dict[State, Tone] = {
    "starting": Tone.FAINT,
    "idle": Tone.GOOD,
    "settling": Tone.BUSY,
    "syncing": Tone.BUSY,
    "waiting": Tone.BUSY,
    "paused": Tone.CAREFUL,
    "offline": Tone.CAREFUL,
    "blocked": Tone.BAD,
    "failed": Tone.BAD,
    "stopped": Tone.FAINT,
}
TROUBLED: tuple[State, ...] = ("blocked", "failed", "offline")

NOTHING = "-"


def status_view(status: Status, now: float, *, screen: Screen | None = None) -> View:
    """All repositories; where not all fit on the screen, idle ones are left out first."""
    if not status.repositories:
        hint = "; add one to the configuration, then `autosyncctl reload`"
        return View(lines=((Cell(f"no repositories are watched{hint}"),),))
    notes = (*_troubles(status), *_channels(status))
    shown = status.repositories
    if screen:
        notes = _first_lines(notes, screen.width, screen.height // 2)
        room = screen.height - _height(notes, screen.width) - len(("title", "gap", "summary"))
        shown = _those_that_fit(shown, max(1, room))
    if len(status.repositories) == 1:
        end = _details(status.repositories[0], now)
    else:
        end = (_summary(status, hidden=len(status.repositories) - len(shown)),)
    rows = tuple(_row(one, now) for one in shown)
    return View(columns=COLUMNS, rows=rows, lines=(*notes, *end))


def _first_lines(lines: tuple[Line, ...], width: int, room: int) -> tuple[Line, ...]:
    fitting = 0
    while fitting < len(lines) and _height(lines[: fitting + 1], width) <= room:
        fitting += 1
    return lines[:fitting]


def _height(lines: tuple[Line, ...], width: int) -> int:
    """How many lines of a terminal they take; words that move to the next one cost a bit more."""
    widths = [sum(width_of(cell.text) for cell in line) for line in lines]
    return sum(1 + (taken + taken // 10) // width for taken in widths)


def _those_that_fit(
    repositories: tuple[RepositoryStatus, ...], room: int
) -> tuple[RepositoryStatus, ...]:
    if len(repositories) <= room:
        return repositories
    busy_first = sorted(repositories, key=lambda one: one.state == "idle")
    chosen = {one.name for one in busy_first[:room]}
    return tuple(one for one in repositories if one.name in chosen)


def _row(one: RepositoryStatus, now: float) -> Line:
    return (
        Cell(clean(one.name), Tone.STRONG),
        Cell(_state(one), TONES[one.state]),
        Cell(clean(one.branch) if one.branch else NOTHING),
        Cell(ago(one.in_step.checked if one.in_step else None, now)),
        Cell(_changes(one) or NOTHING),
        Cell(_next(one, now) or NOTHING, Tone.FAINT),
    )


def _state(one: RepositoryStatus) -> str:
    words: list[str] = [one.state]
    if one.step:
        words.append(one.step)
    if one.progress is not None:
        words.append(f"{one.progress:.0%}")
    return " ".join(words)


def _changes(one: RepositoryStatus) -> str:
    signs = (("~", one.pending), ("↑", one.ahead), ("↓", one.behind))
    return " ".join(f"{sign}{number}" for sign, number in signs if number)


def _next(one: RepositoryStatus, now: float) -> str:
    if one.paused_until is not None:
        return f"resume in {span(one.paused_until - now)}"
    if one.next is None:
        return ""
    soon = one.next.at - now < 1
    return f"{clean(one.next.action)} {'now' if soon else f'in {span(one.next.at - now)}'}"


def _troubles(status: Status) -> tuple[Line, ...]:
    return tuple(line for one in status.repositories for line in _trouble(one))


def _trouble(one: RepositoryStatus) -> tuple[Line, ...]:
    name = Cell(clean(one.name), Tone.STRONG)
    left = ", ".join(_left_out(one))
    kept = ((name, Cell(f": {left}", Tone.CAREFUL)),) if left else ()
    if one.state not in TROUBLED:
        return kept
    why = one.reason or (one.last_error.message if one.last_error else "no reason is known")
    said = (name, Cell(f": {one.state}: {_one_line(why)}", TONES[one.state]))
    hint = _hint(one.last_error, why)
    return (said, *(((Cell(f"  {hint}"),),) if hint else ()), *kept)


def _left_out(one: RepositoryStatus) -> Iterator[str]:
    if one.held:
        yield f"{count(one.held, 'path')} left out"
    if one.conflicts:
        yield count(one.conflicts, "conflict copy")


def _hint(error: LastError | None, why: str) -> str | None:
    if error is None or not error.hint or error.hint in why:
        return None
    return _one_line(error.hint)


def _one_line(text: str) -> str:
    return clean(" ".join(text.split()))


def _channels(status: Status) -> tuple[Line, ...]:
    return tuple(
        (
            Cell(f"channel {clean(channel.name)}", Tone.STRONG),
            Cell(f": not connected{f': {_one_line(channel.detail)}' if channel.detail else ''}"),
        )
        for channel in status.daemon.channels
        if not channel.connected
    )


def _summary(status: Status, *, hidden: int) -> Line:
    states = Counter(one.state for one in status.repositories)
    total = count(len(status.repositories), "repository")
    parts = [Cell(f"{total}: ", Tone.FAINT)]
    for state, number in states.most_common():
        comma = ", " if len(parts) > 1 else ""
        parts.append(Cell(f"{comma}{number} {state}", TONES[state]))
    if hidden:
        parts.append(Cell(f"; {hidden} not shown", Tone.FAINT))
    return tuple(parts)


def _details(one: RepositoryStatus, now: float) -> tuple[Line, ...]:
    commit = one.last_commit
    subject = f"{short_id(commit.id)} {_one_line(commit.subject)}" if commit else NOTHING
    facts = (
        ("path", clean(one.path)),
        ("remote", clean(one.remote) if one.remote else "none, only commits are made"),
        ("since", clock(one.since, now)),
        ("last commit", f"{subject}, {ago(commit.time, now)}" if commit else NOTHING),
        ("last push", ago(one.last_push, now)),
        ("last pull", ago(one.last_pull, now)),
    )
    return tuple((Cell(f"{what:<12}", Tone.FAINT), Cell(text)) for what, text in facts)
