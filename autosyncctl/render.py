"""Views as rich draws them; returns renderables and prints nothing."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from autosyncctl.view import Line, Tone, View, table_lines

STYLES = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.FAINT: "dim",
    Tone.GOOD: "green",
    Tone.BUSY: "cyan",
    Tone.CAREFUL: "yellow",
    Tone.BAD: "bold red",
}


def renderable(view: View, width: int) -> RenderableType:
    """The view in colours, its table no wider than the terminal.

    rich's own tables take three times as long, which with many repositories one would feel.
    """
    table = tuple(_row(line) for line in table_lines(view, width))
    lines = tuple(_line(line) for line in view.lines)
    gap = ("",) if table and lines else ()
    return Group(*table, *gap, *lines)


def _row(line: Line) -> Text:
    text = _text(line)
    text.no_wrap = True
    text.overflow = "ellipsis"
    text.rstrip()
    return text


def _line(line: Line) -> RenderableType:
    """A long line goes on below its own beginning."""
    text = _text(line)
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    return Padding(text[indent:], (0, 0, 0, indent)) if indent else text


def _text(line: Line) -> Text:
    return Text.assemble(*((cell.text, STYLES[cell.tone]) for cell in line))
