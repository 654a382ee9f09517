"""An event as the one line that the log shows of it."""

from autosyncd.api.events import (
    Announced,
    Committed,
    Conflict,
    DaemonEvent,
    Event,
    Heard,
    Held,
    Integrated,
    Peer,
    Problem,
    Pushed,
    Solved,
    StateChanged,
)
from autosyncd.errors import told

SHORT = 9


def line(event: Event) -> str:
    """What happened, in words; without the time, which the log adds."""
    text = _words(event)
    return f"{event.repository}: {text}" if event.repository else text


def _words(event: Event) -> str:
    match event:
        case StateChanged():
            return _state(event)
        case Committed(was=str(was)):
            return f"described {was[:SHORT]}, now {event.commit[:SHORT]}: {event.subject}"
        case Committed():
            return (
                f"committed {event.commit[:SHORT]} ({_count(event.files, 'file')}): {event.subject}"
            )
        case Pushed():
            what = f"{event.commit[:SHORT]} ({_count(event.commits, 'commit')})"
            return f"pushed {what} to {event.remote}/{event.branch}"
        case Integrated():
            what = f"{event.commit[:SHORT]} ({_count(event.files, 'file')})"
            return f"pulled {what} from {event.remote} by {event.how}"
        case _:
            return _rarer_words(event)


def _rarer_words(
    event: Conflict | Held | Problem | Solved | Announced | Heard | Peer | DaemonEvent,
) -> str:
    match event:
        case Conflict():
            return f"conflict: {event.detail}: {', '.join(event.paths[:5])}"
        case Held():
            return f"held {event.path}: {_with_hint(event.why, event.hint)}"
        case Problem():
            return _with_hint(told(event.operation, event.message), event.hint)
        case Solved():
            return f"solved: {event.message}"
        case Announced():
            return f"announced {event.commit[:SHORT]} over {event.channel}"
        case Heard():
            return f"heard of a push by {event.sender} over {event.channel}"
        case Peer():
            return f"peer {event.peer}: {event.detail}"
        case DaemonEvent():
            return f"{event.what}: {event.detail}" if event.detail else event.what


def _state(event: StateChanged) -> str:
    step = f" ({event.step})" if event.step else ""
    reason = f": {event.reason}" if event.reason else ""
    return f"{event.state}{step}{reason}"


def _with_hint(message: str, hint: str | None) -> str:
    return f"{message}; {hint}" if hint else message


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
