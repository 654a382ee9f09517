"""Views as rows of a terminal, in colours (ECMA-48, SGR)."""

from autosyncctl.view import Cell, Line, Tone, View, cut, table_lines, width_of
from autosyncctl.wrapping import wrapped

CODES = {
    Tone.STRONG: "1",
    Tone.FAINT: "2",
    Tone.GOOD: "32",
    Tone.BUSY: "36",
    Tone.CAREFUL: "33",
    Tone.BAD: "1;31",
}


def rows(view: View, width: int, *, colour: bool) -> list[str]:
    """The view as rows of at most so many columns, unless there is something to copy in them: a
    table is cut, lines below it go on."""
    table = [_cut(line, width) for line in table_lines(view, width)]
    lines = list(view.lines)
    if not view.verbatim:
        lines = [row for line in view.lines for row in wrapped(line, width, view.hang)]
    gap: list[Line] = [()] if table and lines else []
    return [_coloured(row, colour=colour) for row in (*table, *gap, *lines)]


def _cut(line: Line, width: int) -> Line:
    """The cells that fit, without the spaces at the end."""
    kept, room = [], width
    for cell in line[:-1]:
        kept.append(Cell(cut(cell.text, max(1, room)), cell.tone))
        room -= width_of(cell.text)
    if line and room > 0:
        kept.append(Cell(cut(line[-1].text.rstrip(), room), line[-1].tone))
    return tuple(kept)


def _coloured(line: Line, *, colour: bool) -> str:
    if not colour:
        return "".join(cell.text for cell in line).rstrip()
    return "".join(map(_sgr, line)).rstrip()


def _sgr(cell: Cell) -> str:
    code = CODES.get(cell.tone)
    text = cell.text.rstrip(" ") if code else cell.text
    rest = cell.text[len(text) :]
    return f"\x1b[{code}m{text}\x1b[0m{rest}" if code and text else cell.text
