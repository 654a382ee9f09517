"""Commit messages that say what changed without opening the diff."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from autosyncd.core.changes import Change, ChangeKind

LISTED = 50
SUBJECT_PATH_WIDTH = 60
PLACEHOLDERS = ("subject", "files", "count", "host", "user", "date", "name", "changes")

_VERBS = {
    ChangeKind.ADDED: "add",
    ChangeKind.MODIFIED: "update",
    ChangeKind.DELETED: "delete",
    ChangeKind.RENAMED: "rename",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a message may tell besides the changes; `date` as people of this machine read it, and
    the `programs` that have files of the repository open."""

    name: str
    host: str
    user: str
    date: str
    machine: str
    programs: tuple[str, ...] = ()


def printable(path: bytes) -> str:
    """A path as one line of text; what is no UTF-8 or would move a terminal is escaped."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def default_message(changes: tuple[Change, ...], context: Context) -> str:
    """The message of an automatic commit (contract, section 4)."""
    return with_trailers(f"{subject(changes, context)}\n\n{listing(changes)}", context)


def from_template(template: str, changes: tuple[Change, ...], context: Context) -> str:
    """The message that the user's template asks for."""
    values = {
        "subject": subject(changes, context),
        "files": ", ".join(printable(change.path) for change in changes[:LISTED]),
        "count": str(len(changes)),
        "host": context.host,
        "user": context.user,
        "date": context.date,
        "name": context.name,
        "changes": listing(changes),
    }
    return with_trailers(template.format_map(values), context)


def with_trailers(message: str, context: Context) -> str:
    """The message with the trailers that say which machine made the commit
    (git-interpret-trailers(1)).

    A message that is empty gets a subject, since git refuses to show one without.
    """
    text = message.strip() or f"{context.name}: update on {context.host}"
    programs = f"Autosync-Program: {', '.join(context.programs)}\n" if context.programs else ""
    trailers = f"Autosync-Host: {context.host}\n{programs}Autosync-Id: {context.machine}\n"
    return f"{text}\n\n{trailers}"


def subject(changes: tuple[Change, ...], context: Context) -> str:
    """One line: what was done to which file, how many more, and where."""
    kinds = {change.kind for change in changes}
    verb = _VERBS[kinds.pop()] if len(kinds) == 1 else "update"
    first = changes[0]
    what = _shortened(first.path)
    if verb == "rename" and first.source and len(changes) == 1:
        what = f"{_shortened(first.source)} to {what}"
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    return f"{context.name}: {verb} {what}{more} on {context.host}"


def listing(changes: tuple[Change, ...]) -> str:
    """The paths with what happened to them, the first 50."""
    lines = [_listed(change) for change in changes[:LISTED]]
    if len(changes) > LISTED:
        lines.append(f"… and {len(changes) - LISTED} more")
    return "\n".join(lines)


def _listed(change: Change) -> str:
    came = f"{printable(change.source)} -> " if change.source else ""
    return f"{change.kind.value}: {came}{printable(change.path)}{_lines(change)}"


def _lines(change: Change) -> str:
    came, went = change.lines or (0, 0)
    counts = [f"+{came}"] * bool(came) + [f"-{went}"] * bool(went)
    return f" ({' '.join(counts)})" if counts else ""


def _shortened(path: bytes) -> str:
    text = printable(path)
    if len(text) <= SUBJECT_PATH_WIDTH:
        return text
    name = PurePosixPath(text).name
    return f"…/{name}" if len(name) < SUBJECT_PATH_WIDTH else f"…{name[-SUBJECT_PATH_WIDTH:]}"
