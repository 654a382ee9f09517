"""Where the commands print: a terminal, a pipe, or JSON for programs."""

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from autosyncctl.view import Screen, View, plain
from autosyncctl.words import clean, in_ascii
from autosyncd.api.codec import to_json
from autosyncd.errors import AutosyncError

Show = Callable[[View], None]


class Output:
    """stdout as this command line wants it used."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.json: bool = arguments.json
        self.colour = not (arguments.no_color or os.environ.get("NO_COLOR"))
        self.terminal = not self.json and _is_terminal()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    @property
    def screen(self) -> Screen | None:
        """What a view may fill; None where lines scroll away."""
        size = shutil.get_terminal_size()
        return Screen(size.columns, size.lines - 1) if self.terminal else None

    def show(self, view: View) -> None:
        """Print a view for people."""
        print(in_its_letters(self._text(view)), flush=True)

    def _text(self, view: View) -> str:
        if not self.terminal:
            return plain(view)
        from autosyncctl.render import rows

        width = shutil.get_terminal_size().columns
        return "\n".join(rows(view, width, colour=self.colour))

    def text(self, text: str) -> None:
        """Print a text that is to be a file, in UTF-8 whatever the locale."""
        if sys.stdout:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode())
            sys.stdout.buffer.flush()

    def document(self, value: object) -> None:
        """Print one JSON document, in UTF-8 whatever the locale."""
        data = bytes(value) if isinstance(value, msgspec.Raw) else to_json(value)
        if sys.stdout:
            sys.stdout.flush()
            sys.stdout.buffer.write(data + b"\n")
            sys.stdout.buffer.flush()

    @contextmanager
    def live(self) -> Iterator[Show]:
        """Show views in place of each other, and take the last away. Terminal only."""
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        from autosyncctl.render import rows

        console = Console(markup=False, highlight=False, emoji=False, no_color=not self.colour)
        with Live(console=console, auto_refresh=False, transient=True) as live:

            def show(view: View) -> None:
                text = "\n".join(rows(view, console.width, colour=self.colour))
                live.update(Text.from_ansi(in_its_letters(text)), refresh=True)

            yield show


def complain(error: AutosyncError) -> None:
    """Say in one line on stderr what failed, why, and what to do."""
    if sys.stderr:
        print(f"autosyncctl: {clean(error.line())}", file=sys.stderr, flush=True)


def in_its_letters(text: str) -> str:
    """The text with signs that stdout can show."""
    try:
        "✓…".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return in_ascii(text)
    return text


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty()) and os.environ.get("TERM") != "dumb"
