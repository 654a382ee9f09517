"""Listening to every git command that the engine starts, and cutting the engine short there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from autosyncd import process
from autosyncd.vcs.git import command, index_memory, stale_locks
from autosyncd.vcs.git import upkeep as upkeep_module

Words = tuple[str, ...]
Tap = Callable[[Words], None]
"""Gets the words of a command without git's own options, before it starts."""


class CutShortError(BaseException):
    """The engine ends here, as if it had been cancelled."""


@contextmanager
def tapped(tap: Tap) -> Iterator[None]:
    """Call `tap` before each git command."""

    async def run(
        argv: Sequence[str | bytes],
        *,
        cwd: str | Path,
        env: Mapping[str, str],
        stdin: bytes = b"",
        timeout: float | None = 120.0,
        hear: Callable[[bytes], None] | None = None,
    ) -> process.Finished:
        tap(words(argv))
        return await process.run(argv, cwd=cwd, env=env, stdin=stdin, timeout=timeout, hear=hear)

    setattr(command, "run", run)  # noqa: B010 - a module's name, replaced for a while
    try:
        yield
    finally:
        setattr(command, "run", process.run)  # noqa: B010 - put back


def words(argv: Sequence[str | bytes]) -> Words:
    """The command and its arguments, without `git -c KEY=VALUE ...`."""
    said = [word if isinstance(word, str) else word.decode("utf-8", "replace") for word in argv]
    rest = said[1:]
    while rest and rest[0] in ("-c", "-C"):
        rest = rest[2:]
    return tuple(rest)


@contextmanager
def believing_in_death() -> Iterator[None]:
    """Locks of dead gits are moved at once: where the power was cut, all are dead."""
    stale = stale_locks.STALE_AFTER
    stale_locks.STALE_AFTER = 0.0
    try:
        yield
    finally:
        stale_locks.STALE_AFTER = stale


@contextmanager
def impatient() -> Iterator[None]:
    """No grace for what the user's own git or late writers may do: nobody does it here."""
    quiet, grace = index_memory.GIT_QUIET, upkeep_module.GRACE
    index_memory.GIT_QUIET, upkeep_module.GRACE = 0.0, 0.0
    try:
        yield
    finally:
        index_memory.GIT_QUIET, upkeep_module.GRACE = quiet, grace
