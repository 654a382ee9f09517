"""Where the commands print: a terminal, a pipe, or JSON for programs."""

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from autosyncctl.view import Screen, View, plain
from autosyncctl.words import clean
from autosyncd.api.codec import to_json
from autosyncd.errors import AutosyncError

if TYPE_CHECKING:
    from rich.console import Console

Show = Callable[[View], None]


class Output:
    """stdout as this command line wants it used."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.json: bool = arguments.json
        self._colour = not (arguments.no_color or os.environ.get("NO_COLOR"))
        self.terminal = not self.json and _is_terminal()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")

    @property
    def screen(self) -> Screen | None:
        """What a live view may fill; None where lines scroll away."""
        size = shutil.get_terminal_size()
        return Screen(size.columns, size.lines - 1) if self.terminal else None

    def show(self, view: View) -> None:
        """Print a view for people."""
        if self.terminal:
            from autosyncctl.render import renderable

            console = self._console()
            console.print(renderable(view, console.width))
        else:
            print(plain(view), flush=True)

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
    def live(self, *, transient: bool = False) -> Iterator[Show]:
        """Show views in place of each other; the last stays unless `transient`. Terminal only."""
        from rich.live import Live

        from autosyncctl.render import renderable

        console = self._console()
        with Live(console=console, auto_refresh=False, transient=transient) as live:
            yield lambda view: live.update(renderable(view, console.width), refresh=True)

    def _console(self) -> "Console":
        from rich.console import Console

        return Console(markup=False, highlight=False, emoji=False, no_color=not self._colour)


def complain(error: AutosyncError) -> None:
    """Say in one line on stderr what failed, why, and what to do."""
    if sys.stderr:
        print(f"autosyncctl: {clean(error.line())}", file=sys.stderr, flush=True)


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty()) and os.environ.get("TERM") != "dumb"
