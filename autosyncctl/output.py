"""Where the commands print: a terminal, a pipe, or JSON for programs."""

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from autosyncctl.view import Screen, View, plain, with_texts
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
        print("\n".join(self.rows(view, shutil.get_terminal_size().columns)), flush=True)

    def rows(self, view: View, width: int) -> list[str]:
        """The view as lines, in letters that stdout has; not wider where it is a terminal."""
        letters = letters_of(sys.stdout)
        view = with_texts(view, letters) if letters else view
        if self.terminal:
            from autosyncctl.render import rows

            lines = rows(view, width, colour=self.colour)
        else:
            lines = plain(view).split("\n")
        return list(map(in_ascii, lines)) if letters else lines

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

        console = Console(markup=False, highlight=False, emoji=False, no_color=not self.colour)
        with Live(console=console, auto_refresh=False, transient=True) as live:

            def show(view: View) -> None:
                text = "\n".join(self.rows(view, console.width))
                live.update(Text.from_ansi(text), refresh=True)

            yield show


def complain(error: AutosyncError) -> None:
    """Say in one line on stderr what failed, why, and what to do."""
    if sys.stderr:
        print(f"autosyncctl: {clean(error.line())}", file=sys.stderr, flush=True)


def letters_of(stream: object) -> Callable[[str], str] | None:
    """How a text becomes one that a stream can show, None where it can show every text."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        "✓…".encode(encoding)
    except UnicodeEncodeError:
        return lambda text: in_ascii(text).encode(encoding, "backslashreplace").decode(encoding)
    return None


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty()) and os.environ.get("TERM") != "dumb"
