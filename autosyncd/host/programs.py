"""Which programs have files below a folder open, as far as that is cheap to tell (proc(5))."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

BUDGET = 0.005
"""Seconds of CPU time that a look may take; what is found by then is what is told."""

PROC = Path("/proc")


def holders(folder: bytes) -> tuple[str, ...]:
    """The names of the user's own programs that have files below `folder` open, sorted.

    Not our own process, nor what we started.
    """
    end = time.thread_time() + BUDGET
    inside = folder.rstrip(b"/") + b"/"
    found: set[str] = set()
    for process in _own_processes():
        if time.thread_time() > end:
            break
        if _holds(process, inside) and (name := _name(process)):
            found.add(name)
    return tuple(sorted(found))


def _own_processes() -> Iterator[Path]:
    """The folders of the user's processes, the newest first: those start and end with the work."""
    user, us = os.geteuid(), os.getpid()
    with os.scandir(PROC) as entries:
        pids = [int(entry.name) for entry in entries if entry.name.isdigit()]
    for pid in sorted(pids, reverse=True):
        process = PROC / str(pid)
        try:
            own = process.stat().st_uid == user
        except OSError:
            continue
        if own and pid != us and _parent(process) != us:
            yield process


def _parent(process: Path) -> int:
    """From the fourth field of stat; the second may hold anything, in parentheses."""
    try:
        return int((process / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _holds(process: Path, inside: bytes) -> bool:
    try:
        folder = os.open(process / "fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        with os.scandir(folder) as descriptors:
            return any(_target(folder, one.name).startswith(inside) for one in descriptors)
    except OSError:
        return False
    finally:
        os.close(folder)


def _target(folder: int, descriptor: str) -> bytes:
    try:
        return os.fsencode(os.readlink(descriptor, dir_fd=folder))
    except OSError:
        return b""


def _name(process: Path) -> str:
    """Printable, and without what would end a line or a list."""
    try:
        text = (process / "comm").read_bytes().decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return "".join(letter for letter in text if letter.isprintable() and letter != ",")
