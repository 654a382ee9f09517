"""Lines as the rows of a terminal: broken between words, counted, and cut to its height.

Only spaces are broken at: what is longer than a row, a path or a command, is left to the terminal,
which breaks it so that it can be copied in one piece. A command in backticks is such a piece.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from autosyncctl.view import Cell, Line, Tone, width_of

_PIECE = re.compile(r"`[^`]*`\S*|\S+")


def fitting(
    lines: tuple[Line, ...], width: int, room: int, more: Callable[[int], Line]
) -> tuple[Line, ...]:
    """As many lines as fit into so many rows of a terminal; `more` stands for those left out.

    What is indented belongs to the line before it, and stays with that."""
    if height(lines, width) <= room:
        return lines
    kept = 0
    while height(lines[: kept + 1], width) < room:
        kept += 1
    while kept and lines[kept] and lines[kept][0].text.startswith(" "):
        kept -= 1
    return (*lines[:kept], more(len(lines) - kept)) if room > 0 else ()


def height(lines: Sequence[Line], width: int) -> int:
    """How many rows of a terminal they take."""
    rows = (row for line in lines for row in wrapped(line, width))
    return sum(rows_taken("".join(cell.text for cell in row), width) for row in rows)


def rows_taken(text: str, width: int) -> int:
    """How many rows of a terminal a text without line breaks takes."""
    rows, at = 1, 0
    for char in text:
        if (at := at + width_of(char)) > width:
            rows, at = rows + 1, width_of(char)
    return rows


def wrapped(line: Line, width: int, hang: int = 0) -> tuple[Line, ...]:
    """The line in rows of at most so many columns where its pieces allow that; what goes on stands
    below its own beginning, or `hang` columns from the left."""
    text = "".join(cell.text for cell in line)
    if width_of(text) <= width or any(cell.tone is Tone.COMMAND for cell in line):
        return (line,)
    indent = min(max(len(text) - len(text.lstrip(" ")), hang), width // 2)
    margin = (Cell(" " * indent),) if indent else ()
    first, *others = (_part(line, start, end) for start, end in _rows(text, width, indent))
    return (first, *((*margin, *row) for row in others))


def _rows(text: str, width: int, indent: int) -> Iterator[tuple[int, int]]:
    """Where each row begins and ends."""
    start, end, left = 0, 0, width
    for piece in _PIECE.finditer(text):
        if end and width_of(text[start : piece.end()]) > left:
            yield start, end
            start, left = piece.start(), width - indent
        end = piece.end()
    yield start, len(text)


def _part(line: Line, start: int, end: int) -> Line:
    """The characters of a line from start to end, in their tones."""
    parts, at = [], 0
    for cell in line:
        text = cell.text[max(0, start - at) : max(0, end - at)]
        if text:
            parts.append(Cell(text, cell.tone))
        at += len(cell.text)
    return tuple(parts)
