"""Lines as the rows of a terminal: broken between words, counted, and cut to its height."""

from collections.abc import Callable, Sequence

from autosyncctl.view import Cell, Line, Tone, cut, width_of


def fitting(
    lines: tuple[Line, ...], width: int, room: int, more: Callable[[int], Line]
) -> tuple[Line, ...]:
    """As many lines as fit into so many rows of a terminal; `more` stands for those left out."""
    if height(lines, width) <= room:
        return lines
    kept = 0
    while height(lines[: kept + 1], width) < room:
        kept += 1
    return (*lines[:kept], more(len(lines) - kept)) if room > 0 else ()


def height(lines: Sequence[Line], width: int) -> int:
    """How many rows of a terminal they take."""
    return sum(len(wrapped(line, width)) for line in lines)


def wrapped(line: Line, width: int) -> tuple[Line, ...]:
    """The line in rows of at most so many columns, broken between words; what goes on stands below
    its own beginning."""
    text = "".join(cell.text for cell in line)
    if width_of(text) <= width or any(cell.tone is Tone.COMMAND for cell in line):
        return (line,)
    indent = min(len(text) - len(text.lstrip(" ")), width // 2)
    margin = (Cell(" " * indent),) if indent else ()
    rows, start, room = [], 0, width
    while width_of(text[start:]) > room:
        end = start + _break(text[start:], room)
        rows.append(_part(line, start, end))
        start = end + len(text[end:]) - len(text[end:].lstrip(" "))
        room = width - indent
    rows.append(_part(line, start, len(text)))
    return (rows[0], *((*margin, *row) for row in rows[1:]))


def _break(text: str, room: int) -> int:
    """Where to break a text that is too long: after the last word that fits, if there is one."""
    fits = max(1, len(cut(text, room + 1)) - 1)
    at = text.rfind(" ", 1, fits + 1)
    return at if at > 0 and text[:at].strip() else fits


def _part(line: Line, start: int, end: int) -> Line:
    """The characters of a line from start to end, in their tones."""
    parts, at = [], 0
    for cell in line:
        text = cell.text[max(0, start - at) : max(0, end - at)]
        if text:
            parts.append(Cell(text, cell.tone))
        at += len(cell.text)
    return tuple(parts)
