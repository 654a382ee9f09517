"""What a merge commit says: the same bytes on every machine and with every Python."""

from collections.abc import Sequence

from autosyncd.vcs.merging.outcome import ConflictNote

SUBJECT = "autosync: merge"
MOST_LISTED = 50

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_LONGEST_NAME = 30


def merge_message(notes: Sequence[ConflictNote]) -> str:
    """A subject that tells the conflicts, then one line for each."""
    if not notes:
        return f"{SUBJECT}\n"
    lines = [_line(note) for note in notes[:MOST_LISTED]]
    if len(notes) > MOST_LISTED:
        lines.append(f"and {len(notes) - MOST_LISTED} more")
    return "\n".join((_subject(notes), "", *lines, ""))


def _subject(notes: Sequence[ConflictNote]) -> str:
    name = _readable(notes[0].path.rpartition(b"/")[2])
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1]}…"
    more = f" and {len(notes) - 1} more" if len(notes) > 1 else ""
    return f"{SUBJECT}, conflict in {name}{more}"


def _line(note: ConflictNote) -> str:
    copy = f"; other version: {_readable(note.copy)}" if note.copy is not None else ""
    return f"{_readable(note.path)}: {note.why}{copy}"


def _readable(path: bytes) -> str:
    """The path with what can't be shown escaped; not by a table that changes with Unicode."""
    return path.decode("utf-8", "backslashreplace").translate(_CONTROLS)
