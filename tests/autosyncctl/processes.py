"""`autosyncctl` as a process of its own, with pipes or a terminal."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

Stream = int | IO[bytes]


def start(
    *argv: str,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = subprocess.PIPE,
    stderr: Stream = subprocess.PIPE,
) -> "subprocess.Popen[bytes]":
    """Start it, with pipes unless said otherwise.

    Its environment is that of Python: libreadline puts a terminal's size into the real one.
    """
    words = [sys.executable, "-m", "autosyncctl", *argv]
    environment = dict(os.environ)
    return subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=stdin, stdout=stdout, stderr=stderr
    )


class Terminal:
    """What a process in a terminal has shown so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", ours: int) -> None:
        self.process = process
        self.shown = b""
        self.descriptor = ours

    def until(self, seen: Callable[[bytes], bool]) -> bytes:
        """Read until it is seen; fails after some seconds or at the end."""
        deadline = time.monotonic() + PATIENCE
        while not seen(self.shown):
            assert time.monotonic() < deadline, self.shown
            assert self._read(), self.shown
        return self.shown

    def rest(self) -> bytes:
        """Read to the end."""
        while self._read():
            pass
        self.process.wait(PATIENCE)
        return self.shown

    def _read(self) -> bool:
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self.shown += data
        return bool(data)


@contextmanager
def terminal(*argv: str) -> Iterator[Terminal]:
    """Start it in a terminal of its own."""
    ours, theirs = pty.openpty()
    try:
        with start(*argv, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            try:
                yield Terminal(process, ours)
            finally:
                process.kill()
    finally:
        os.close(ours)


def in_a_terminal(*argv: str) -> bytes:
    """All that it shows in a terminal."""
    with terminal(*argv) as seen:
        shown = seen.rest()
        assert seen.process.returncode == 0, shown
    return shown
