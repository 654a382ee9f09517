"""Which programs are at work in a repository (proc(5)), and which of them a dead daemon left."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

MARK = "AUTOSYNC_CHILD_OF"
"""The variable by which a program that we started is known for ours when we are dead."""

PATIENCE = 5.0
"""Seconds that programs of a dead daemon have to come to their end by themselves."""

_PROC = Path("/proc")
_GONE = (b"Z", b"X")


@dataclass(frozen=True, slots=True)
class Program:
    """A running program."""

    pid: int

    @property
    def is_git(self) -> bool:
        """Whether it is git, or one of its helpers."""
        return self._read("comm").startswith(b"git")

    @property
    def ended(self) -> bool:
        """Whether only its entry is left."""
        fields = _fields(self._read("stat"))
        return not fields or fields[0] in _GONE

    @property
    def session(self) -> bytes:
        """Each program that we start begins a session of its own."""
        fields = _fields(self._read("stat"))
        return fields[3] if fields else b""

    @property
    def lasting(self) -> bool:
        """Whether it is meant to outlive who started it: an agent, a master of ssh, a cache of
        credentials. All but the last make themselves the leader of a session."""
        leads = self.session == b"%d" % self.pid
        return (leads and not self.is_git) or b"credential-cache--daemon" in self._read("cmdline")

    @property
    def orphaned(self) -> bool:
        """Whether a daemon started it that is dead now."""
        prefix = MARK.encode() + b"="
        for variable in self._read("environ").split(b"\0"):
            if variable.startswith(prefix):
                pid, _, since = variable.removeprefix(prefix).partition(b".")
                return pid.isdigit() and since != started(int(pid))
        return False

    def within(self, folders: tuple[Path, ...]) -> bool:
        """Whether it works in one of these folders, or was started with its name.

        One of which nobody may know that counts, too: it may be at work anywhere.
        """
        try:
            here = os.fsencode((_PROC / str(self.pid) / "cwd").readlink())
        except PermissionError:
            return True
        except OSError:
            return False
        said = self._read("cmdline") + b"\0" + self._git_variables()
        names = tuple(os.fsencode(folder) for folder in folders)
        return any(here == name or here.startswith(name + b"/") or name in said for name in names)

    def _git_variables(self) -> bytes:
        variables = self._read("environ").split(b"\0")
        return b"\0".join(v for v in variables if v.startswith((b"GIT_DIR=", b"GIT_WORK_TREE=")))

    def _read(self, name: str) -> bytes:
        try:
            return (_PROC / str(self.pid) / name).read_bytes()
        except OSError:
            return b""


def started(pid: int) -> bytes:
    """When a process began, in clock ticks: a number that is used again is told apart."""
    try:
        fields = _fields((_PROC / str(pid) / "stat").read_bytes())
    except OSError:
        return b"dead"
    return fields[19] if fields and fields[0] not in _GONE else b"dead"


def our_mark() -> dict[str, str]:
    """What to add to the environment of our children."""
    return {MARK: f"{os.getpid()}.{started(os.getpid()).decode('ascii')}"}


def git_at_work(folders: tuple[Path, ...]) -> bool:
    """Whether any git is at work in one of these folders.

    That it has a file open would be no test: `git commit` holds a lock for as long as its editor
    is open, without a descriptor.
    """
    return any(
        program.is_git and not program.ended and program.within(folders) for program in _programs()
    )


async def end_orphans(folders: tuple[Path, ...]) -> None:
    """Wait for what a dead daemon had started here; what does not end by itself is ended."""
    orphans = await asyncio.to_thread(_orphans, folders)
    if not orphans:
        return
    log.info("waiting for %d programs that a dead daemon left", len(orphans))
    await asyncio.gather(*(_end(orphan) for orphan in orphans))


def _orphans(folders: tuple[Path, ...]) -> tuple[Program, ...]:
    """Those in the folders, and what they have started elsewhere: at a remote that is a path."""
    orphans = [one for one in _programs() if one.orphaned and not one.ended and not one.lasting]
    sessions = {one.session for one in orphans if one.within(folders)}
    return tuple(one for one in orphans if one.session in sessions)


def _programs() -> Iterator[Program]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield Program(int(entry.name))


async def _end(program: Program) -> None:
    """Wait; then SIGTERM, by which git removes its locks; then SIGKILL."""
    try:
        handle = os.pidfd_open(program.pid)
    except OSError:
        return
    try:
        for number, patience in ((None, PATIENCE), (signal.SIGTERM, 1.0), (signal.SIGKILL, 1.0)):
            if number is not None and program.orphaned:
                signal.pidfd_send_signal(handle, number)
            if await _ended(handle, patience):
                return
    except (ProcessLookupError, PermissionError):
        pass
    finally:
        os.close(handle)


async def _ended(handle: int, patience: float) -> bool:
    """Wait for the end of a process; a descriptor of it is readable then (pidfd_open(2))."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        async with asyncio.timeout(patience):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(handle)
    return True


def _fields(stat: bytes) -> list[bytes]:
    """The fields of /proc/PID/stat after the name, which may hold anything; the first is the
    state."""
    return stat[stat.rindex(b")") + 1 :].split() if b")" in stat else []
