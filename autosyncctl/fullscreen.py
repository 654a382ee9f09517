"""A view that fills the terminal and changes in place, on the terminal's alternate screen.

Each picture is written in one piece over the last one, between the marks by which terminals that
know them show it all at once (xterm's control sequences, DEC private modes 1049, 25 and 2026).
"""

import os
import re
import shutil
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from autosyncctl.output import Output
from autosyncctl.view import View, width_of
from autosyncctl.wrapping import rows_taken

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
BEGIN, END = "\x1b[?2026h\x1b[H", "\x1b[?2026l"
CLEAR_ROW, CLEAR_BELOW = "\x1b[K", "\x1b[J"
QUIT = b"q"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
TERMINATED = 128 + signal.SIGTERM


class FullScreen:
    """The terminal while it is ours; `wakers` are descriptors that wake whoever waits."""

    def __init__(self, output: Output, keys: int | None, resized: int) -> None:
        self._output = output
        self._keys = keys
        self._resized = resized
        self._shown: str | None = None

    @property
    def wakers(self) -> tuple[int, ...]:
        """Where keys and changes of the size are to be read."""
        return (self._resized,) if self._keys is None else (self._resized, self._keys)

    def show(self, view: View) -> None:
        """Show a view instead of the last one; nothing is written if it looks the same."""
        size = shutil.get_terminal_size()
        picture = _picture(self._output.rows(view, size.columns), size)
        if picture != self._shown:
            _write(f"{BEGIN}{picture}{END}")
            self._shown = picture

    def redraw(self) -> None:
        """The terminal may show something else: write the next picture in any case."""
        self._shown = None

    def quits(self, ready: frozenset[int]) -> bool:
        """Take what woke us; whether it was the key that ends it."""
        if self._resized in ready:
            os.read(self._resized, 4096)
            self.redraw()
        return self._keys in ready and QUIT in os.read(self._keys or 0, 4096)


def _picture(lines: list[str], size: os.terminal_size) -> str:
    """The lines that fit, and what clears that which was shown beside and below them.

    Where a line fills its row the cursor still is on its last character, which would be cleared,
    too."""
    shown, free, full = [], size.lines, False
    for line in lines:
        text = _COLOUR.sub("", line)
        free -= rows_taken(text, size.columns)
        if free < 0:
            break
        full = width_of(text) > 0 and width_of(text) % size.columns == 0
        shown.append(line if full else f"{line}{CLEAR_ROW}")
    below = CLEAR_BELOW if not full else f"\n{CLEAR_BELOW}" if free > 0 else ""
    return "\n".join(shown) + below


@contextmanager
def full_screen(output: Output) -> Iterator[FullScreen]:
    """Take the terminal over, and give it back as it was whatever happens."""
    with ExitStack() as cleanup:
        keys = _silent_keys(cleanup)
        resized = _wakes_on_signals(cleanup)
        screen = FullScreen(output, keys, resized)
        _handle(cleanup, signal.SIGTERM, _terminate)
        _handle(cleanup, signal.SIGTSTP, lambda *_: _suspend(screen))
        _handle(cleanup, signal.SIGWINCH, lambda *_: None)
        cleanup.callback(_write, LEAVE)
        _write(ENTER)
        yield screen


def _silent_keys(cleanup: ExitStack) -> int | None:
    """stdin without echo and line by line; None if it is no terminal."""
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    keys = sys.stdin.fileno()
    before = termios.tcgetattr(keys)
    silent = termios.tcgetattr(keys)
    silent[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(keys, termios.TCSADRAIN, silent)
    cleanup.callback(termios.tcsetattr, keys, termios.TCSADRAIN, before)
    return keys


def _wakes_on_signals(cleanup: ExitStack) -> int:
    """A descriptor that can be read once a signal has come (signal.set_wakeup_fd)."""
    ours, theirs = os.pipe()
    cleanup.callback(os.close, ours)
    cleanup.callback(os.close, theirs)
    os.set_blocking(theirs, False)
    before = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    cleanup.callback(signal.set_wakeup_fd, before)
    return ours


def _handle(
    cleanup: ExitStack, number: signal.Signals, handler: Callable[[int, FrameType | None], object]
) -> None:
    cleanup.callback(signal.signal, number, signal.signal(number, handler))


def _terminate(_number: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def _suspend(screen: FullScreen) -> None:
    """Ctrl-Z: the shell gets its own screen, and we ours when we go on."""
    _write(LEAVE)
    os.kill(os.getpid(), signal.SIGSTOP)
    _write(ENTER)
    screen.redraw()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
