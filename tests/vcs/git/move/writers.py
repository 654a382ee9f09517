"""A program that keeps editing one file in one style: `PATH STYLE LOG [PAUSE]`, until SIGTERM.

Every edit adds a line of its own (a token); the log has those that surely reached the file.
"""

import mmap
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

PAUSE = 0.4
"""Seconds between two edits at most; an update has to fit in somewhere."""

Log = Callable[[str], None]


def in_place(path: Path, token: str, log: Log) -> None:
    """Read, change, truncate, write: a careless editor."""
    text = path.read_text()
    with path.open("w") as file:
        file.write(text + token)
    log(token)


def append(path: Path, token: str, log: Log) -> None:
    """`echo >>`"""
    with path.open("a") as file:
        file.write(token)
    log(token)


def rename_over(path: Path, token: str, log: Log) -> None:
    """A careful editor."""
    draft = path.with_name(path.name + "~")
    draft.write_text(path.read_text() + token)
    draft.replace(path)
    log(token)


def held_open(path: Path, token: str, log: Log) -> None:
    """A log file: open for a while, written now and then."""
    with path.open("a") as file:
        for part in range(3):
            line = token.replace("\n", f".{part}\n")
            file.write(line)
            file.flush()
            log(line)
            time.sleep(0.01)


def mapped(path: Path, token: str, log: Log) -> None:
    """Through a shared mapping, with the descriptor closed."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.truncate(size + len(token))
        area = mmap.mmap(file.fileno(), 0)
    area[size:] = token.encode()
    area.close()
    log(token)


STYLES = {
    "in-place": in_place,
    "append": append,
    "rename-over": rename_over,
    "held-open": held_open,
    "mmap": mapped,
}


def main(name: str, style: str, log_name: str, pause: str = str(PAUSE)) -> None:
    """Edit until told to stop; an edit that was begun is completed."""
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    path, dice, number = Path(name), random.Random(style), 0
    with Path(log_name).open("a") as file:

        def log(token: str) -> None:
            file.write(token)
            file.flush()

        while not stop:
            number += 1
            try:
                STYLES[style](path, f"{style}-{number}\n", log)
            except FileNotFoundError:
                continue  # the update of a simple file system, or stock git, leaves gaps
            time.sleep(dice.uniform(0, float(pause)))


if __name__ == "__main__":
    main(*sys.argv[1:])
