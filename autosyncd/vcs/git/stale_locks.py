"""Lock files that a killed git left: moved aside by rule, so that nothing is kept out for ever.

A lock is stale if no git is at work in the repository, it is older than a minute or than the start
of this machine, did not change between two looks, and is on a disk of this machine: of a network's
file system nobody here can say who works on it. It is moved, never deleted.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.boot import this_boot
from autosyncd.vcs.git.processes import git_at_work
from autosyncd.vcs.tree.own_disk import on_own_disk
from autosyncd.vcs.tree.signature import Signature, signature_at

log = logging.getLogger(__name__)

STALE_AFTER = 60.0
"""Seconds that a lock has to be old."""

BETWEEN_LOOKS = 1.0

_OURS = b"autosync "


async def _nothing() -> None:
    """What most repositories need before a lock of their index is moved."""


def _booted_at() -> float:
    """Unix seconds, by the clock as it is set now; 0 if nobody knows."""
    boot = this_boot()
    return boot.at if boot else 0.0


@dataclass(slots=True)
class StaleLocks:
    """The locks of one repository; `folders` are where a git at work would be.

    `before_index` is awaited before the index's lock is moved: until then nobody can commit.
    """

    git_dir: Path
    common_dir: Path
    folders: tuple[Path, ...]
    before_index: Callable[[], Awaitable[None]] = _nothing
    _seen: dict[Path, tuple[Signature, float]] = field(default_factory=dict)

    async def clear(self) -> tuple[Path, ...]:
        """Move stale locks aside; returns those that were. Takes a second if there are any."""
        if not await asyncio.to_thread(self._old):
            return ()
        await asyncio.sleep(BETWEEN_LOOKS)
        stale = await asyncio.to_thread(self._stale)
        if self.git_dir / "index.lock" in stale:
            await self.before_index()
            stale = await asyncio.to_thread(self._stale)
        return tuple(lock for lock, seen in stale.items() if self._move(lock, seen))

    def _old(self) -> dict[Path, Signature]:
        """The locks that are old enough, and were seen before."""
        now, found = time.monotonic(), self._find()
        self._seen = {
            lock: self._seen[lock]
            if lock in self._seen and self._seen[lock][0] == there
            else (there, now)
            for lock, there in found.items()
        }
        return {
            lock: there
            for lock, (there, first) in self._seen.items()
            if now - first > STALE_AFTER or self._made_long_ago(there)
        }

    def _made_long_ago(self, lock: Signature) -> bool:
        """After a power cut there is nobody any more who could hold it."""
        made = max(lock.mtime_ns, lock.ctime_ns) / 1e9
        return time.time() - lock.mtime_ns / 1e9 > STALE_AFTER or made < _booted_at()

    def _stale(self) -> dict[Path, Signature]:
        now = time.monotonic()
        old = {
            lock: there
            for lock, there in self._old().items()
            if now - self._seen[lock][1] >= BETWEEN_LOOKS
        }
        if not old or not on_own_disk(self.common_dir) or git_at_work(self.folders):
            return {}
        return old

    def _find(self) -> dict[Path, Signature]:
        try:
            there = {lock: signature_at(lock) for lock in lock_files(self.git_dir, self.common_dir)}
        except OSError:
            return {}  # where we may not look we may not move either
        return {lock: seen for lock, seen in there.items() if seen and not _is_ours(lock)}

    def _move(self, lock: Path, seen: Signature) -> bool:
        """Aside; and back, if in this very moment somebody else's has come in its place."""
        aside = self._aside(lock)
        try:
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.rename(aside)
        except OSError as error:
            log.warning("cannot move the stale lock %s aside: %s", lock, error.strerror)
            return False
        moved = signature_at(aside)
        if moved is None or not moved.unwritten(seen):
            _put_back(aside, lock)
            return False
        log.warning("%s was left by a git that is dead; it is now %s", lock, aside)
        return True

    def _aside(self, lock: Path) -> Path:
        """A name in our own folder of the part that the lock belongs to."""
        top = self.git_dir if lock.is_relative_to(self.git_dir) else self.common_dir
        name = "-".join(lock.relative_to(top).parts)
        return top / "autosync" / f"stale-{time.time_ns()}-{name}"


def lock_files(git_dir: Path, common_dir: Path) -> Iterator[Path]:
    """All lock files there are, by their names: no ref may be called like this.

    Not `gc.pid`: git itself takes that over when its writer is dead (git-gc(1)).
    """
    for folder in dict.fromkeys((git_dir, common_dir)):
        yield from folder.glob("*.lock")
    objects = common_dir / "objects"
    for folder in (objects, objects / "info", objects / "info" / "commit-graphs", objects / "pack"):
        yield from folder.glob("*.lock")
    for folder in dict.fromkeys((git_dir / "refs", common_dir / "refs", common_dir / "reftable")):
        yield from folder.rglob("*.lock")


def _is_ours(lock: Path) -> bool:
    """Ours are known to be dead or alive in another way (`lock`)."""
    try:
        with lock.open("rb") as file:
            return file.read(len(_OURS)) == _OURS
    except OSError:
        return False


def _put_back(aside: Path, lock: Path) -> None:
    try:
        os.link(aside, lock)
        aside.unlink()
    except OSError as error:
        log.warning("cannot put %s back to %s: %s", aside, lock, error.strerror)
