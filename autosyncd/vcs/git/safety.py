"""Refs that keep what the branch was before the working tree moved, whatever becomes of it.

Each is `refs/autosync/backup/TIME-ID` with the UTC time of the move: `git gc` keeps the commit,
no push of ours takes it along, and it expires by age and by number.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from autosyncd.errors import ToolError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.refs import names_below

BACKUPS = "refs/autosync/backup/"
KEPT_SECONDS = 30 * 86_400.0
MOST = 200
EXPIRE_EVERY = 86_400.0

_TIME = "%Y%m%dT%H%M%SZ"
_ID_LENGTH = 12

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Safety:
    """The safety refs of one repository; times are Unix seconds."""

    git: Git
    layout: Layout
    _last: str | None = None
    _expired: float | None = None

    async def keep(self, commit: str | None, now: float) -> None:
        """Keep a commit reachable; nothing may be moved if this raises."""
        if commit is None or commit == self._last:
            return
        await self.git.output("update-ref", _name(commit, now), commit)
        self._last = commit

    async def expire(self, now: float) -> None:
        """Drop refs that are too old or too many, at most once a day."""
        if self._expired is not None and 0 <= now - self._expired < EXPIRE_EVERY:
            return
        self._expired = now
        try:
            await self._drop(now)
        except ToolError as error:
            log.info("cannot expire safety refs, tried again tomorrow: %s", error.line())

    async def _drop(self, now: float) -> None:
        gone = expired(await names_below(self.git, self.layout, BACKUPS), now)
        if gone:
            lines = "".join(f"delete {name}\n" for name in gone)
            await self.git.output("update-ref", "--stdin", stdin=lines.encode())
            self._last = None


def expired(names: Iterable[str], now: float) -> tuple[str, ...]:
    """Which of the refs may go; those that we did not make never."""
    ours = sorted((name for name in names if _parsable(name)), reverse=True)
    oldest = _name("", now - KEPT_SECONDS)
    return tuple(name for place, name in enumerate(ours) if place >= MOST or name < oldest)


def _name(commit: str, when: float) -> str:
    return f"{BACKUPS}{time.strftime(_TIME, time.gmtime(when))}-{commit[:_ID_LENGTH]}"


def _parsable(name: str) -> bool:
    try:
        time.strptime(name.removeprefix(BACKUPS).partition("-")[0], _TIME)
    except ValueError:
        return False
    return True
