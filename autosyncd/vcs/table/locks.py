"""Lock files that a killed tool left are moved aside, so that nothing is kept out for ever.

A lock is stale if no program of the tool is at work in the working copy, it is old enough, and it
is on a disk of this machine.
"""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from autosyncd.vcs.tree.own_disk import on_own_disk

log = logging.getLogger(__name__)

STALE_AFTER = 60.0
"""Seconds that a lock has to be old of which nobody knows who left it."""

_PROC = Path("/proc")
_COMM = 15
"""Bytes of its name that the kernel shows of a program (proc(5))."""


def free(root: Path, names: Sequence[str], program: str, age: float) -> bool:
    """Move stale locks below `root` aside; whether none is left. Blocks."""
    there = {root / name: status for name in names if (status := _at(root / name))}
    old = {lock: one for lock, one in there.items() if time.time() - one.st_mtime >= age}
    if not old or at_work(program, root) or not on_own_disk(root):
        return not there
    moved = [lock for lock, status in old.items() if _move(lock, status)]
    return len(moved) == len(there)


def at_work(program: str, folder: Path) -> bool:
    """Whether a program of this name runs in a folder, or where nobody may know."""
    top = os.fsencode(folder)
    for process in _called(program):
        try:
            here = os.fsencode((process / "cwd").readlink())
        except PermissionError:
            return True
        except OSError:
            continue  # it has ended
        if here == top or here.startswith(top + b"/"):
            return True
    return False


def _called(program: str) -> Iterator[Path]:
    name = os.fsencode(program)[:_COMM]
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                comm = (entry / "comm").read_bytes()
            except OSError:
                continue
            if comm.removesuffix(b"\n") == name:
                yield entry


def _at(lock: Path) -> os.stat_result | None:
    try:
        return lock.lstat()
    except OSError:
        return None


def _move(lock: Path, seen: os.stat_result) -> bool:
    """Away; and back, if in this very moment somebody else's has come in its place."""
    aside = lock.with_name(f"{lock.name}.stale-{time.time_ns()}")
    try:
        lock.rename(aside)
        if aside.lstat().st_ino != seen.st_ino:
            os.link(aside, lock)
            aside.unlink()
            return False
        aside.unlink()
    except OSError as error:
        log.warning("cannot move the stale lock %s aside: %s", lock, error.strerror)
        return False
    log.warning("%s was left by a program that is dead; it is gone now", lock)
    return True
