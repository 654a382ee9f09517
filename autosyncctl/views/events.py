"""What happened, one line for each event."""

from autosyncctl.view import Cell, Line, Tone, padded, width_of
from autosyncctl.words import clean, clock, count, one_line, short_id
from autosyncd.api import events as api
from autosyncd.errors import told

NAME_WIDTH = 8


def event_line(
    event: api.Event, now: float, *, name_width: int = NAME_WIDTH, told: str | None = None
) -> Line:
    """When, which repository, what; `12:03:11 notes    committed 1a2b3c4 …`.

    `told` is its last problem, which a state need not repeat."""
    name = clean(event.repository or "autosyncd")
    return (
        Cell(f"{clock(event.time, now)} ", Tone.FAINT),
        Cell(f"{padded(name, name_width)}  ", Tone.STRONG),
        Cell(one_line(_sentence(event, told)), _tone(event)),
    )


def name_width(events: tuple[api.Event, ...]) -> int:
    """The width at which the names of these events align."""
    return max((width_of(clean(event.repository or "autosyncd")) for event in events), default=0)


def sentence_column(lines: tuple[Line, ...]) -> int:
    """Where the sentences of these lines begin."""
    return max((sum(width_of(cell.text) for cell in line[:-1]) for line in lines), default=0)


def _sentence(event: api.Event, told: str | None) -> str:
    match event:
        case api.StateChanged():
            return _state(event, told)
        case api.Committed(was=str(was)):
            return f"described {short_id(was)}, now {short_id(event.commit)} {event.subject}"
        case api.Committed():
            return f"committed {short_id(event.commit)} {event.subject}"
        case api.Pushed():
            target = f"{event.remote}/{event.branch}"
            commits = count(event.commits, "commit")
            return f"pushed {short_id(event.commit)} to {target} ({commits})"
        case api.Integrated():
            how = f"{event.how}, {count(event.files, 'file')}"
            return f"integrated {short_id(event.commit)} from {event.remote} ({how})"
        case api.Conflict() | api.Held() | api.Problem() | api.Solved():
            return _trouble(event)
        case _:
            return _elsewhere(event)


def _state(event: api.StateChanged, told: str | None) -> str:
    step = f" {event.step}" if event.step else ""
    new = event.reason and not (told and event.reason.startswith(told))
    return f"{event.state}{step}{f': {event.reason}' if new else ''}"


def _trouble(event: api.Conflict | api.Held | api.Problem | api.Solved) -> str:
    match event:
        case api.Conflict():
            detail = (
                event.detail.removeprefix(f"{event.paths[0]}: ") if event.paths else event.detail
            )
            return f"conflict in {', '.join(event.paths)}: {detail}"
        case api.Held():
            return f"held {event.path}: {event.why}{_hint(event.hint)}"
        case api.Problem():
            return f"problem: {told(event.operation, event.message)}{_hint(event.hint)}"
        case api.Solved():
            return f"solved: {event.message}"


def _elsewhere(event: api.Announced | api.Heard | api.Peer | api.DaemonEvent) -> str:
    match event:
        case api.Announced():
            return f"announced {short_id(event.commit)} over {event.channel}"
        case api.Heard():
            what = short_id(event.commit) if event.commit else "a push"
            return f"heard of {what} from {event.sender} over {event.channel}"
        case api.Peer():
            return f"peer {event.peer}: {event.detail}"
        case api.DaemonEvent():
            return f"{event.what}: {event.detail}" if event.detail else event.what


def _hint(hint: str | None) -> str:
    return f"; {hint}" if hint else ""


def _tone(event: api.Event) -> Tone:
    match event:
        case api.Committed() | api.Pushed() | api.Integrated() | api.Solved():
            return Tone.GOOD
        case api.Conflict() | api.Held():
            return Tone.CAREFUL
        case api.Problem():
            return Tone.BAD
        case _:
            return Tone.PLAIN
