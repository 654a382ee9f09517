"""What must outlive a restart: events, pauses, approvals, and facts about this machine (SQLite)."""

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from autosyncd.api.codec import decode_event, to_json
from autosyncd.api.events import Event, Integrated, Pushed, StateChanged, is_detail, kind_of
from autosyncd.core.approval import Approval, Reason
from autosyncd.core.news import Earlier
from autosyncd.errors import AutosyncError

log = logging.getLogger(__name__)

KEPT_EVENTS = 20_000
KEPT_DAYS = 90
PRUNE_EVERY = 500
DAY = 86_400.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, repository TEXT, kind TEXT NOT NULL,
    body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_time ON events (time);
CREATE INDEX IF NOT EXISTS events_by_repository ON events (repository, id);
CREATE TABLE IF NOT EXISTS pauses (path TEXT PRIMARY KEY, until REAL);
CREATE TABLE IF NOT EXISTS waiting (name TEXT PRIMARY KEY, pending INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS approvals (
    repository TEXT NOT NULL, path BLOB NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (repository, path, reason)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (
    repository TEXT NOT NULL, path BLOB NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (repository, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mounts (
    repository TEXT NOT NULL, folder BLOB NOT NULL, identity TEXT NOT NULL,
    PRIMARY KEY (repository, folder)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_EARLIER = """
SELECT body FROM events WHERE id IN (
    SELECT max(id) FROM events WHERE kind IN ('state', 'pushed', 'integrated')
    GROUP BY repository, kind)
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause; `until` in Unix seconds, None for ever."""

    until: float | None


class Heard(Protocol):
    """Where the published events come from."""

    def drain(self) -> tuple[Event, ...]:
        """All there are, without waiting."""

    def arrivals(self) -> AsyncIterator[None]:
        """Wake whenever there is something to drain."""


class Journal:
    """The store behind one file; every query runs in a thread of its own, one at a time."""

    name = "journal"

    def __init__(self, file: Path, heard: Heard) -> None:
        self._file = file
        self._heard = heard
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._written = 0
        self._complained = False
        self._connection = _opened(file)

    async def run(self) -> None:
        """Write all events that are published; a Service."""
        async for _ in self._heard.arrivals():
            await self.flush()

    async def flush(self) -> None:
        """Write what has been published so far."""
        if batch := tuple(event for event in self._heard.drain() if not is_detail(event)):
            await self._in_thread(lambda: self._write(batch))

    async def events(
        self,
        repositories: frozenset[str] | None,
        since: float | None,
        limit: int | None,
        kinds: frozenset[str] | None = None,
    ) -> tuple[Event, ...]:
        """The newest `limit` events since `since`, oldest first."""
        await self.flush()
        chosen = {"repository": repositories, "kind": kinds}
        return await self._in_thread(lambda: self._select(chosen, since, limit))

    def earlier(self) -> dict[str, Earlier]:
        """What is known of each repository, by its name, from before this daemon began."""
        found: dict[str, Earlier] = {}
        for (body,) in self._connection.execute(_EARLIER).fetchall():
            event = decode_event(body)
            name = event.repository or ""
            found[name] = _with(found.get(name, Earlier()), event)
        for name, pending in self._connection.execute("SELECT name, pending FROM waiting"):
            found[name] = replace(found.get(name, Earlier()), pending=pending)
        return found

    def leave_pending(self, waiting: Mapping[str, int]) -> None:
        """Remember, at the end, how many changes wait in paused repositories, by their names."""
        self._thread.submit(self._leave_pending, dict(waiting))

    async def set_pause(self, path: Path, pause: Pause | None) -> None:
        """Remember, or with None forget, that a repository is paused."""
        await self._in_thread(lambda: self._set_pause(str(path), pause))

    def pauses(self, now: float) -> dict[str, Pause]:
        """All pauses that are not over, by path."""
        rows = self._connection.execute(
            "SELECT path, until FROM pauses WHERE until IS NULL OR until > ?", (now,)
        )
        return {path: Pause(until) for path, until in rows}

    async def approve(self, repository: Path, approvals: frozenset[Approval]) -> None:
        """Remember what the user lets through in a repository."""
        await self._in_thread(lambda: self._approve(str(repository), approvals))

    def approvals(self, repository: Path) -> frozenset[Approval]:
        """What the user has let through there."""
        rows = self._connection.execute(
            "SELECT path, reason FROM approvals WHERE repository = ?", (str(repository),)
        )
        known = {reason.value: reason for reason in Reason}
        return frozenset(Approval(bytes(p), known[r]) for p, r in rows if r in known)

    def forget_approvals(self, repository: Path, spent: frozenset[Approval]) -> None:
        """Forget approvals soon, without waiting for it."""
        self._thread.submit(self._forget_approvals, str(repository), spent)

    def recall(self, key: str) -> str | None:
        """What was remembered under this key."""
        return self._fact(f"channel {key}")

    def remember(self, key: str, value: str) -> None:
        """Keep a text soon, without waiting for it."""
        self._thread.submit(self._set_fact, f"channel {key}", value)

    def deletions(self, repository: Path) -> dict[bytes, float]:
        """What was deleted there not long ago, and when in Unix seconds."""
        query = "SELECT path, at FROM deletions WHERE repository = ?"
        return {bytes(p): at for p, at in self._connection.execute(query, (str(repository),))}

    def note_deletions(self, repository: Path, now: Mapping[bytes, float]) -> None:
        """Remember these soon, and nothing else, without waiting for it."""
        rows = [(str(repository), path, at) for path, at in now.items()]
        forget = "DELETE FROM deletions WHERE repository = ?"
        self._thread.submit(
            self._replace, forget, repository, "INSERT INTO deletions VALUES (?, ?, ?)", rows
        )

    def mounts(self, repository: Path) -> dict[bytes, str] | None:
        """The file systems that belong to it, by their folders; None if it was never asked."""
        query = "SELECT folder, identity FROM mounts WHERE repository = ?"
        rows = self._connection.execute(query, (str(repository),)).fetchall()
        return {bytes(f): identity for f, identity in rows if f} if rows else None

    def note_mounts(self, repository: Path, mounts: Mapping[bytes, str]) -> None:
        """Remember these soon, and nothing else; the empty folder stands for having been asked."""
        rows = [(str(repository), folder, one) for folder, one in {b"": "", **mounts}.items()]
        forget = "DELETE FROM mounts WHERE repository = ?"
        self._thread.submit(
            self._replace, forget, repository, "INSERT INTO mounts VALUES (?, ?, ?)", rows
        )

    def begin_run(self, boot: str, booted_at: float) -> float | None:
        """Remember that we run; ends with `close`.

        Returns when this machine came up again (Unix seconds) after the last time that it went
        down while we ran: what was written before may be damaged. None if it never did.
        """
        running = self._fact("running")
        if running is not None and running != boot:
            self._set_fact("lost_power", repr(booted_at))
        self._set_fact("running", boot)
        lost = self._fact("lost_power")
        return None if lost is None else float(lost)

    def machine(self) -> str:
        """This machine's stable id: 16 hex digits, made at the first start."""
        with self._connection as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('machine', ?)", (secrets.token_hex(8),))
            row = db.execute("SELECT value FROM facts WHERE key = 'machine'").fetchone()
        return str(row[0])

    async def close(self) -> None:
        """Write what is left and let go of the file."""
        await self.flush()
        await self._in_thread(self._end)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _write(self, batch: Sequence[Event]) -> None:
        rows = [(e.time, e.repository, kind_of(e), to_json(e)) for e in batch]
        try:
            with self._connection as db:
                db.executemany(
                    "INSERT INTO events (time, repository, kind, body) VALUES (?, ?, ?, ?)", rows
                )
            self._prune(len(rows))
        except sqlite3.Error as error:
            self._complain(error)

    def _complain(self, error: sqlite3.Error) -> None:
        """The journal is a convenience: without it repositories are synced all the same."""
        level = logging.DEBUG if self._complained else logging.ERROR
        log.log(level, "cannot write the journal %s: %s", self._file, error)
        self._complained = True

    def _prune(self, written: int) -> None:
        self._written += written
        if self._written < PRUNE_EVERY:
            return
        self._written = 0
        with self._connection as db:
            db.execute(
                "DELETE FROM events WHERE time < ? OR id <= (SELECT max(id) FROM events) - ?",
                (time.time() - KEPT_DAYS * DAY, KEPT_EVENTS),
            )

    def _select(
        self,
        chosen: Mapping[str, frozenset[str] | None],
        since: float | None,
        limit: int | None,
    ) -> tuple[Event, ...]:
        where = ["time >= ?"]
        values: list[object] = [since if since is not None else 0.0]
        for column, wanted in chosen.items():
            if wanted is not None:
                where.append(f"{column} IN ({','.join('?' * len(wanted))})")
                values.extend(sorted(wanted))
        query = f"SELECT body FROM events WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608 - only names and question marks are put in
        values.append(-1 if limit is None else limit)
        rows = self._connection.execute(query, values).fetchall()
        return tuple(decode_event(body) for (body,) in reversed(rows))

    def _approve(self, repository: str, approvals: frozenset[Approval]) -> None:
        rows = [(repository, approval.path, approval.reason.value) for approval in approvals]
        try:
            with self._connection as db:
                db.executemany("INSERT OR IGNORE INTO approvals VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise AutosyncError(
                f"cannot remember what is approved in {repository}: {error}",
                hint=f"free disk space for {self._file}",
            ) from error

    def _forget_approvals(self, repository: str, spent: frozenset[Approval]) -> None:
        rows = [(repository, approval.path, approval.reason.value) for approval in spent]
        delete = "DELETE FROM approvals WHERE repository = ? AND path = ? AND reason = ?"
        try:
            with self._connection as db:
                db.executemany(delete, rows)
        except sqlite3.Error as error:
            self._complain(error)

    def _replace(
        self, forget: str, repository: Path, insert: str, rows: Sequence[tuple[object, ...]]
    ) -> None:
        try:
            with self._connection as db:
                db.execute(forget, (str(repository),))
                db.executemany(insert, rows)
        except sqlite3.Error as error:
            self._complain(error)

    def _leave_pending(self, waiting: dict[str, int]) -> None:
        try:
            with self._connection as db:
                db.execute("DELETE FROM waiting")
                db.executemany("INSERT INTO waiting VALUES (?, ?)", waiting.items())
        except sqlite3.Error as error:
            self._complain(error)

    def _fact(self, key: str) -> str | None:
        row = self._connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _set_fact(self, key: str, value: str) -> None:
        try:
            with self._connection as db:
                db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))
        except sqlite3.Error as error:
            self._complain(error)

    def _end(self) -> None:
        """Closed in good order: no crash of the machine."""
        try:
            with self._connection as db:
                db.execute("DELETE FROM facts WHERE key = 'running'")
        except sqlite3.Error as error:
            self._complain(error)
        self._connection.close()

    def _set_pause(self, path: str, pause: Pause | None) -> None:
        try:
            with self._connection as db:
                if pause is None:
                    db.execute("DELETE FROM pauses WHERE path = ?", (path,))
                else:
                    db.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?)", (path, pause.until))
        except sqlite3.Error as error:
            raise AutosyncError(
                f"cannot remember the pause of {path}: {error}",
                hint=f"free disk space for {self._file}",
            ) from error


def _with(earlier: Earlier, event: Event) -> Earlier:
    match event:
        case StateChanged(state=state, reason=reason, time=since):
            return replace(earlier, state=state, reason=reason, since=since)
        case Pushed(time=when):
            return replace(earlier, last_push=when)
        case Integrated(time=when):
            return replace(earlier, last_pull=when)
    return earlier


def _opened(file: Path) -> sqlite3.Connection:
    """Open the file; one that is damaged is put aside, and a new one begun."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _connect(str(file))
    except (OSError, sqlite3.OperationalError) as error:
        log.error("cannot open the journal %s: %s; events and pauses end with me", file, error)
        return _connect(":memory:")
    except sqlite3.DatabaseError as error:
        aside = _put_aside(file)
        log.error("cannot read the journal %s: %s; it is kept as %s", file, error, aside)
        return _connect(str(file))


def _put_aside(file: Path) -> Path:
    aside = file.with_name(f"{file.name}.damaged-{time.time_ns()}")
    file.rename(aside)
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    return aside


def _connect(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, check_same_thread=False, timeout=5.0)
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
