"""What is shown, before it is known where: cells with a meaning, in tables and lines."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

import msgspec

GAP = "  "
SHORTEST = 8
"""The columns that even a cell that gives way keeps, where there is nothing to leave out."""


class Tone(Enum):
    """What a cell tells; colours follow from it."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    GOOD = "good"
    BUSY = "busy"
    CAREFUL = "careful"
    BAD = "bad"
    COMMAND = "command"
    """Something to copy: it is never broken."""


class Cell(msgspec.Struct, frozen=True):
    """A piece of text without control characters."""

    text: str
    tone: Tone = Tone.PLAIN


class Column(msgspec.Struct, frozen=True):
    """A table's column; where space is scarce, one that `gives` is narrowed to what it `keeps`,
    and where that is not enough, those to `spare` are left out, the highest number first."""

    title: str
    gives: bool = False
    keeps: int = SHORTEST
    spare: int = 0


class Screen(msgspec.Struct, frozen=True):
    """The size of a terminal, in characters."""

    width: int
    height: int


Line = tuple[Cell, ...]


class View(msgspec.Struct, frozen=True):
    """A table, if there are rows, and the lines below it, which are not broken if `verbatim`; what
    is broken goes on `hang` columns from the left."""

    columns: tuple[Column, ...] = ()
    rows: tuple[Line, ...] = ()
    lines: tuple[Line, ...] = ()
    verbatim: bool = False
    hang: int = 0


def plain(view: View) -> str:
    """The view as aligned text: nothing is cut, nothing is coloured."""
    table = [_text(line) for line in table_lines(view)]
    lines = [_text(line) for line in view.lines]
    gap = [""] if table and lines else []
    return "\n".join([*table, *gap, *lines])


def table_lines(view: View, width: int | None = None) -> Iterator[Line]:
    """The table's title and rows with cells padded to align, cut to fit into `width` columns."""
    if not view.rows:
        return
    titles = tuple(Cell(column.title, Tone.STRONG) for column in view.columns)
    lines = (titles, *view.rows)
    natural = [max(width_of(cell.text) for cell in cells) for cells in zip(*lines, strict=True)]
    for line in lines:
        yield tuple(
            Cell(padded(cut(line[place].text, size), size) + GAP, line[place].tone)
            for place, size in _placed(natural, view.columns, width)
        )


def with_texts(view: View, change: Callable[[str], str]) -> View:
    """The same view with each text as `change` makes it."""

    def changed(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(tuple(Cell(change(cell.text), cell.tone) for cell in one) for one in lines)

    return View(view.columns, changed(view.rows), changed(view.lines), view.verbatim, view.hang)


def width_of(text: str) -> int:
    """The columns that a text takes in a terminal (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, up to so many columns."""
    return text + " " * (width - width_of(text))


def cut(text: str, width: int) -> str:
    """The text in at most so many columns; what is missing shows as an ellipsis."""
    if width_of(text) <= width:
        return text
    kept, room = 0, width - 1
    while kept < len(text) and (room := room - _width(text[kept])) >= 0:
        kept += 1
    return text[:kept] + "…"


def _placed(
    natural: list[int], columns: Sequence[Column], width: int | None
) -> list[tuple[int, int]]:
    """Which columns are shown, and how wide."""
    places = list(range(len(columns)))
    if width is None:
        return list(zip(places, natural, strict=True))
    while True:
        spare = [place for place in places if columns[place].spare]
        least = [columns[place].keeps if spare else SHORTEST for place in places]
        giving = [n for n, place in enumerate(places) if columns[place].gives]
        sizes = _narrowed([natural[place] for place in places], giving, least, width)
        if not spare or sum(sizes) + len(GAP) * (len(sizes) - 1) <= width:
            return list(zip(places, sizes, strict=True))
        places.remove(max(spare, key=lambda place: columns[place].spare))


def _narrowed(
    widths: list[int], giving: Sequence[int], least: Sequence[int], width: int
) -> list[int]:
    """Take from the widest column that has something to give, until all fit."""
    narrowed = list(widths)
    for _ in range(sum(widths) + len(GAP) * (len(widths) - 1) - width):
        able = [place for place in giving if narrowed[place] > least[place]]
        if not able:
            break
        narrowed[max(able, key=narrowed.__getitem__)] -= 1
    return narrowed


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _text(line: Line) -> str:
    return "".join(cell.text for cell in line).rstrip()
