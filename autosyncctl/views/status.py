"""What `status` shows: a table of all repositories, and below it what needs attention."""

from collections import Counter

from autosyncctl.view import Cell, Column, Line, Screen, Tone, View
from autosyncctl.views.attention import attention, waits_for_user
from autosyncctl.words import ago, bar, clean, clock, count, one_line, short_id, span
from autosyncctl.wrapping import fitting, height
from autosyncd.api.types import RepositoryStatus, State, Status

COLUMNS = (
    Column("REPOSITORY", gives=True, keeps=16),
    Column("STATE"),
    Column("BRANCH", gives=True, spare=4),
    Column("IN STEP", spare=1),
    Column("CHANGES", spare=2),
    Column("NEXT", spare=3),
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
MARKS: dict[State, str] = {
    "starting": "·",
    "idle": "·",
    "settling": "•",
    "syncing": "•",
    "waiting": "•",
    "paused": "-",
    "offline": "?",
    "blocked": "!",
    "failed": "!",
    "stopped": "-",
}
IN_STEP = "✓"
WAITS = "!"

ACTIONS = {"inspect": "look again", "open": "try again"}
"""Where the daemon's word is not what people would say."""

NOTHING = "-"
BAR_WIDTH = 12


def status_view(status: Status, now: float, *, screen: Screen | None = None) -> View:
    """All repositories; where not all fit on the screen, the worst come first."""
    if not status.repositories:
        hint = "; put one under autosync: `autosyncctl add PATH`"
        return View(lines=((Cell(f"no repositories are watched{hint}"),),))
    notes = attention(status)
    shown = status.repositories
    end = _end(status, now, hidden=0)
    if screen:
        longest = _end(status, now, hidden=len(shown))
        room = screen.height - len(("title", "gap")) - height(longest, screen.width)
        notes = fitting(notes, screen.width, max(room // 2, room - len(shown)), _more)
        shown = _those_that_fit(shown, max(1, room - height(notes, screen.width)))
        end = _end(status, now, hidden=len(status.repositories) - len(shown))
    rows = tuple(_row(one, now, marked=screen is not None) for one in shown)
    gap: tuple[Line, ...] = ((),) if notes and len(status.repositories) == 1 else ()
    return View(columns=COLUMNS, rows=rows, lines=(*notes, *gap, *end))


def _end(status: Status, now: float, *, hidden: int) -> tuple[Line, ...]:
    """The details of a single repository, the sum of several."""
    if len(status.repositories) == 1:
        return _details(status.repositories[0], now)
    return (_summary(status, hidden=hidden),)


def _more(number: int) -> Line:
    """What stands for notes that do not fit."""
    return (Cell(f"and {count(number, 'more line')}: `autosyncctl status --all`", Tone.FAINT),)


def _those_that_fit(
    repositories: tuple[RepositoryStatus, ...], room: int
) -> tuple[RepositoryStatus, ...]:
    """All in the order of the configuration, or the worst first and the quiet ones left out."""
    if len(repositories) <= room:
        return repositories
    return tuple(sorted(repositories, key=_urgency)[:room])


def _urgency(one: RepositoryStatus) -> int:
    order = (WAITS, "?", "•", "-", "·", IN_STEP)
    calm = one.state not in ("blocked", "failed")
    return 2 * order.index(_mark(one)) + (calm and waits_for_user(one))


def _row(one: RepositoryStatus, now: float, *, marked: bool) -> Line:
    state = f"{one.state} {one.step}" if one.step else one.state
    if one.progress is not None:
        state += f" {one.progress:3.0%}"
    return (
        Cell(clean(one.name), Tone.STRONG),
        Cell(f"{_mark(one)} {state}" if marked else state, _tone(one)),
        Cell(clean(one.branch) if one.branch else NOTHING),
        Cell(ago(one.in_step.checked, now) if one.in_step else _never(one)),
        Cell(_changes(one) or NOTHING),
        _next(one, now),
    )


def _tone(one: RepositoryStatus) -> Tone:
    calm = one.state == "idle" and waits_for_user(one)
    return Tone.CAREFUL if calm else TONES[one.state]


def _never(one: RepositoryStatus) -> str:
    """Why it has not been seen to be in step."""
    return "no remote" if _alone(one) else "not yet"


def _alone(one: RepositoryStatus) -> bool:
    """Whether it is known to have no remote; while it is opened, nobody knows."""
    return one.remote is None and (one.branch is not None or one.last_commit is not None)


def _mark(one: RepositoryStatus) -> str:
    """A sign that tells without colours; at rest, whether the remote has the very same commit."""
    if one.state == "idle" and waits_for_user(one):
        return WAITS
    if one.state != "idle" or one.pending:
        return MARKS[one.state]
    same = one.in_step and one.last_commit and one.in_step.commit == one.last_commit.id
    return IN_STEP if same else MARKS["idle"]


def _changes(one: RepositoryStatus) -> str:
    signs = (("~", one.pending), ("↑", one.ahead), ("↓", one.behind))
    return " ".join(f"{sign}{number}" for sign, number in signs if number)


def _next(one: RepositoryStatus, now: float) -> Cell:
    if one.progress is not None:
        return Cell(bar(one.progress, BAR_WIDTH), Tone.BUSY)
    if one.paused_until is not None:
        return Cell(f"resume in {span(one.paused_until - now)}", Tone.FAINT)
    if one.next is None:
        return Cell(NOTHING, Tone.FAINT)
    soon = one.next.at - now < 1
    when = "now" if soon else f"in {span(one.next.at - now)}"
    action = ACTIONS.get(one.next.action, one.next.action)
    return Cell(f"{clean(action)} {when}", Tone.FAINT)


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
    subject = f"{short_id(commit.id)} {one_line(commit.subject)}" if commit else NOTHING
    facts = (
        ("path", clean(one.path)),
        ("remote", _remote(one)),
        (one.state, f"since {clock(one.since, now)}"),
        ("in step", _seen(one, now)),
        ("last commit", f"{subject}, {ago(commit.time, now)}" if commit else NOTHING),
        ("last push", ago(one.last_push, now)),
        ("last pull", ago(one.last_pull, now)),
    )
    return tuple((Cell(f"{what:<12}", Tone.FAINT), Cell(text)) for what, text in facts)


def _remote(one: RepositoryStatus) -> str:
    if one.remote:
        return clean(one.remote)
    return "none, only commits are made" if _alone(one) else "not known yet"


def _seen(one: RepositoryStatus, now: float) -> str:
    if not one.in_step:
        return "there is no remote to be in step with" if _alone(one) else "not seen yet"
    commit = short_id(one.in_step.commit)
    return f"{commit} was seen at the remote at {clock(one.in_step.checked, now)}"
