"""The workers, one for each configured repository: started, found, changed and ended."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autosyncd.api.events import Pushed
from autosyncd.api.paths import as_meant
from autosyncd.api.types import ReloadResult
from autosyncd.config.model import Config, RepositorySettings, VcsTable
from autosyncd.core.news import NOTHING, Earlier
from autosyncd.core.unknown import unknown
from autosyncd.journal import Journal, Pause
from autosyncd.supervisor import Supervisor
from autosyncd.worker.inbox import PushHeard, StopAsked, Woken
from autosyncd.worker.surroundings import Surroundings
from autosyncd.worker.worker import Worker

STOP_LIMIT = 5.0
"""Seconds for the commands in flight to finish; ending what overran takes the rest of ten."""

_BUSY = ("settling", "syncing", "waiting", "offline")


class Crew:
    """All workers by the names of their repositories."""

    def __init__(
        self,
        supervisor: Supervisor,
        journal: Journal,
        around: Surroundings,
        tables: tuple[VcsTable, ...] = (),
    ) -> None:
        self._supervisor = supervisor
        self._journal = journal
        self._around = around
        self._tables = tables
        self._workers: dict[str, Worker] = {}

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers.values())

    def __len__(self) -> int:
        return len(self._workers)

    def get(self, name: str) -> Worker | None:
        """The worker of that name."""
        return self._workers.get(name)

    def chosen(self, repositories: Sequence[str] | None) -> tuple[Worker, ...]:
        """The workers that were meant, each once; None means all.

        Raises NoSuchRepositoryError.
        """
        if repositories is None:
            return tuple(self._workers.values())
        found = [self.find(word) for word in repositories]
        return tuple(dict.fromkeys(found))

    def find(self, word: str) -> Worker:
        """A worker by its name, its path, or the nearest path around the given one.

        Raises NoSuchRepositoryError.
        """
        if worker := self._workers.get(word):
            return worker
        word = as_meant(word)
        if word.startswith("/"):
            inside = [w for w in self._workers.values() if _contains(w.settings.path, Path(word))]
            if inside:
                return max(inside, key=lambda w: len(w.settings.path.parts))
        raise unknown({worker.name: worker.settings.path for worker in self}, word)

    def start(self, repositories: Sequence[RepositorySettings]) -> None:
        """Start a worker for each of these repositories."""
        pauses = self._journal.pauses(time.time())
        earlier = self._journal.earlier()
        for settings in repositories:
            pause = pauses.get(str(settings.path))
            self._start(settings, pause, earlier.get(settings.name, NOTHING))

    def _start(self, settings: RepositorySettings, pause: Pause | None, earlier: Earlier) -> None:
        worker = Worker(
            settings,
            self._around,
            paused=pause is not None,
            paused_until=pause.until if pause else None,
            approvals=self._journal.approvals(settings.path),
            earlier=earlier,
        )
        self._workers[settings.name] = worker
        self._supervisor.start(worker)

    async def end(self) -> None:
        """End all workers, each after its command in flight, side by side."""
        await asyncio.gather(*(self._end(name) for name in tuple(self._workers)))

    async def _end(self, name: str) -> None:
        worker = self._workers[name]
        await self._supervisor.end(name, lambda: worker.post(StopAsked()), STOP_LIMIT)

    async def apply(self, config: Config) -> ReloadResult:
        """Go over to another configuration; only workers whose settings changed notice."""
        retold = self._adopt(config.vcs)
        before = {name: worker.settings for name, worker in self._workers.items()}
        after = {settings.name: settings for settings in config.repositories}
        changed = tuple(
            n
            for n in after
            if n in before and (after[n] != before[n] or self._workers[n].status().vcs in retold)
        )
        removed = tuple(n for n in before if n not in after)
        added = tuple(n for n in after if n not in before)
        await asyncio.gather(*(self._end(name) for name in (*removed, *changed)))
        self.start([after[name] for name in (*changed, *added)])
        self._workers = {name: self._workers[name] for name in after}
        return ReloadResult(added=added, changed=changed, removed=removed)

    def _adopt(self, tables: tuple[VcsTable, ...]) -> frozenset[str]:
        """Drive the tools as these tables say; returns the names of those that changed."""
        if self._around.backends_for is None or tables == self._tables:
            return frozenset()
        retold = frozenset(table.name for table in {*tables} ^ {*self._tables})
        self._tables = tables
        self._around = replace(self._around, backends=self._around.backends_for(tables))
        return retold

    def wake(self) -> None:
        """The machine woke or a network came up: sync everything now."""
        for worker in self:
            worker.post(Woken())

    def tell_siblings(self, event: Pushed) -> None:
        """Two repositories of one daemon that share a remote need no channel."""
        pusher = self._workers.get(event.repository or "")
        if pusher is None or pusher.url is None:
            return
        for worker in self._workers.values():
            if worker is not pusher and worker.url == pusher.url:
                worker.post(PushHeard("daemon", pusher.name, event.commit))

    def waiting(self) -> dict[str, int]:
        """How many changes wait in each paused repository, by its name."""
        return {worker.name: worker.status().pending for worker in self if worker.paused}

    @property
    def started(self) -> bool:
        """Whether every worker has started or has said why it can't."""
        return all(worker.status().state != "starting" for worker in self)

    @property
    def alive(self) -> bool:
        """Whether every worker lives, or waits to be restarted; none has ended unasked."""
        return all(self._supervisor.keeps(name) for name in self._workers)

    @property
    def unfinished(self) -> tuple[Worker, ...]:
        """The workers that have something to commit or to push, and may."""
        states = ((worker, worker.status()) for worker in self)
        return tuple(w for w, s in states if s.state in _BUSY and (s.pending or s.ahead))

    def in_one_line(self) -> str:
        """How many are in which state."""
        states = Counter(worker.status().state for worker in self)
        return ", ".join(f"{count} {state}" for state, count in states.most_common()) or "nothing"


def _contains(folder: Path, path: Path) -> bool:
    """Whether `path` is the folder or lies in it, as written or with symbolic links resolved."""
    path = Path(os.path.normpath(path))
    if path.is_relative_to(folder):
        return True
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except OSError:
        return False
