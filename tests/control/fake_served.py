"""A daemon without repositories, for tests of the socket and of the command line."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from autosyncd.api.events import Event, StateChanged, kind_of
from autosyncd.api.types import (
    AddResult,
    ApproveResult,
    Channel,
    CompareResult,
    ConflictsResult,
    DaemonStatus,
    DescribeResult,
    DoctorResult,
    HeldResult,
    HistoryResult,
    InStep,
    Names,
    ReloadResult,
    RemoveResult,
    RepositoryStatus,
    RestoreResult,
    SettleResult,
    Status,
    SyncOutcome,
    SyncResult,
    VersionResult,
)
from autosyncd.bus import Bus
from autosyncd.core.unknown import unknown
from autosyncd.errors import PausedError
from autosyncd.version import VERSION


def a_repository(name: str, **facts: object) -> RepositoryStatus:
    """A repository that is idle and in step, but for the facts given."""
    now = time.time()
    usual = RepositoryStatus(
        name=name,
        path=f"/home/me/{name}",
        vcs="git",
        state="idle",
        since=now,
        branch="main",
        remote="origin",
        in_step=InStep(commit="1a2b3c4" + "0" * 33, checked=now),
    )
    return msgspec.structs.replace(usual, **facts)


class FakeServed:
    """Answers as the daemon does; what was asked is in `asked`, oldest first.

    `meanwhile` maps a method's name to what happens during it, `trouble` to what it raises;
    `sync_errors` a repository's to how its sync ends, `apart` to what it is instead of in step.
    While `may_sync` is cleared, a sync that waits does not end.
    """

    def __init__(self, *repositories: RepositoryStatus) -> None:
        self.bus = Bus()
        self.repositories = {one.name: one for one in repositories}
        self.asked: list[tuple[object, ...]] = []
        self.happened: tuple[Event, ...] = ()
        self.meanwhile: dict[str, Callable[[], None]] = {}
        self.trouble: dict[str, BaseException] = {}
        self.sync_errors: dict[str, str] = {}
        self.apart: dict[str, str] = {}
        self.may_sync = asyncio.Event()
        self.may_sync.set()
        self.copies = ConflictsResult(conflicts=())
        self.compared = CompareResult(differences=())
        self.settled = SettleResult(settled=())
        self.left_out = HeldResult(held=())
        self.channels: tuple[Channel, ...] = ()
        self.past = HistoryResult(commits=())
        self.restored = RestoreResult(file="", commit="1a2b3c4" + "0" * 33)
        self.diagnosis = DoctorResult(ok=True, findings=())
        self.added = AddResult(
            name="docs", path="/home/me/docs", remote=None, config="/c/docs.yaml", done=("did it",)
        )
        self.on_stop: Callable[[], None] = lambda: None

    def set(self, name: str, **facts: object) -> None:
        """Change a repository's status and tell who listens."""
        changed = msgspec.structs.replace(self.repositories[name], **facts)
        self.repositories[name] = changed
        self.bus.publish(
            StateChanged(
                time=time.time(),
                repository=name,
                state=changed.state,
                step=changed.step,
                reason=changed.reason,
            )
        )

    def status(self, repositories: Sequence[str] | None) -> Status:
        """The repositories as they were set."""
        self._note("status", repositories)
        chosen = self._chosen(repositories)
        daemon = DaemonStatus(
            version=VERSION, pid=os.getpid(), uptime=12.5, config=None, channels=self.channels
        )
        return Status(daemon=daemon, repositories=tuple(self.repositories[name] for name in chosen))

    def names(self, repositories: Sequence[str] | None) -> frozenset[str] | None:
        """None for all."""
        self._note("names", repositories)
        return None if repositories is None else frozenset(self._chosen(repositories))

    async def pause(self, repositories: Sequence[str] | None, seconds: float | None) -> Names:
        """Set the state `paused`."""
        self._note("pause", repositories, seconds)
        chosen = self._chosen(repositories)
        until = None if seconds is None else time.time() + seconds
        for name in chosen:
            self.set(name, state="paused", paused_until=until)
        return Names(repositories=chosen)

    async def resume(self, repositories: Sequence[str] | None) -> Names:
        """Set the state `idle`."""
        self._note("resume", repositories)
        chosen = self._chosen(repositories)
        for name in chosen:
            self.set(name, state="idle", paused_until=None)
        return Names(repositories=chosen)

    async def sync(self, repositories: Sequence[str] | None, *, wait: bool) -> SyncResult:
        """Push, and be in step or end with the error that was set."""
        self._note("sync", repositories, wait)
        chosen = self._chosen(repositories)
        for name in chosen:
            if self.repositories[name].state == "paused":
                raise PausedError(f"cannot sync {name}: it is paused", hint="resume it first")
        for name in chosen:
            self.set(name, state="syncing", step="push")
        if wait:
            await self.may_sync.wait()
        for name in chosen:
            self.set(name, state="idle", step=None)
        errors = {name: self.sync_errors.get(name) if wait else None for name in chosen}
        return SyncResult(
            repositories=tuple(
                SyncOutcome(name=name, ok=error is None, error=error, apart=self.apart.get(name))
                for name, error in errors.items()
            )
        )

    async def events(
        self,
        repositories: Sequence[str] | None,
        *,
        since: float | None,
        limit: int | None,
        kinds: frozenset[str] | None = None,
    ) -> tuple[Event, ...]:
        """Those of `happened`."""
        self._note("events", repositories, since, limit)
        names = None if repositories is None else self._chosen(repositories)
        chosen = tuple(
            event
            for event in self.happened
            if (names is None or event.repository in names)
            and event.time >= (since or 0)
            and (kinds is None or kind_of(event) in kinds)
        )
        return chosen if limit is None else chosen[len(chosen) - min(limit, len(chosen)) :]

    async def conflicts(self, repositories: Sequence[str] | None) -> ConflictsResult:
        """The `copies`."""
        self._note("conflicts", repositories)
        self._chosen(repositories)
        return self.copies

    async def compare(self, file: str) -> CompareResult:
        """The `compared`."""
        self._note("compare", file)
        self._chosen((file,))
        return self.compared

    async def settle(self, file: str, keep: Literal["this", "other", "both"]) -> SettleResult:
        """The `settled`."""
        self._note("settle", file, keep)
        self._chosen((file,))
        return self.settled

    def held(self, repositories: Sequence[str] | None) -> HeldResult:
        """The `left_out`."""
        self._note("held", repositories)
        self._chosen(repositories)
        return self.left_out

    async def approve(self, repository: str, paths: Sequence[str]) -> ApproveResult:
        """Let through what was named."""
        self._note("approve", repository, tuple(paths))
        self._find(repository)
        return ApproveResult(approved=tuple(paths) or ("a", "b"))

    async def history(
        self, *, repository: str | None, file: str | None, limit: int
    ) -> HistoryResult:
        """The `past`."""
        self._note("history", repository, file, limit)
        self._find(repository or file or "")
        return self.past

    async def restore(self, file: str, at: str | float, *, output: str | None) -> RestoreResult:
        """`restored`, of this file."""
        self._note("restore", file, at, output)
        self._find(file)
        return msgspec.structs.replace(self.restored, file=output or file)

    async def describe(self, repository: str, commit: str, message: str) -> DescribeResult:
        """Another commit."""
        self._note("describe", repository, commit, message)
        self._find(repository)
        return DescribeResult(commit="d" * 40)

    def describing(self, repository: str) -> None:
        """Nothing."""
        self._note("describing", repository)
        self._find(repository)

    async def add(
        self, path: str, remote: str | None, settings: Mapping[str, str], *, dry_run: bool
    ) -> AddResult:
        """`added`, of this path."""
        self._note("add", path, remote, dict(settings), dry_run)
        return msgspec.structs.replace(self.added, path=path, dry_run=dry_run)

    async def clone(self, url: str, path: str, settings: Mapping[str, str]) -> AddResult:
        """`added`, of this path."""
        self._note("clone", url, path, dict(settings))
        return msgspec.structs.replace(self.added, path=path, remote=url)

    async def remove(self, repository: str) -> RemoveResult:
        """That it was in a file."""
        self._note("remove", repository)
        name = self._find(repository)
        return RemoveResult(name=name, path=self.repositories[name].path, config="/c/docs.yaml")

    async def reload(self) -> ReloadResult:
        """Nothing has changed."""
        self._note("reload")
        return ReloadResult(added=("new",), changed=(), removed=())

    async def doctor(self, repositories: Sequence[str] | None) -> DoctorResult:
        """The `diagnosis`."""
        self._note("doctor", repositories)
        self._chosen(repositories)
        return self.diagnosis

    def version(self) -> VersionResult:
        """Ours."""
        self._note("version")
        return VersionResult(version=VERSION, pid=os.getpid())

    def stop(self) -> None:
        """Call `on_stop`."""
        self._note("stop")
        self.on_stop()

    def _note(self, method: str, *facts: object) -> None:
        self.asked.append((method, *facts))
        if happens := self.meanwhile.get(method):
            happens()
        if trouble := self.trouble.get(method):
            raise trouble

    def _chosen(self, repositories: Sequence[str] | None) -> tuple[str, ...]:
        if repositories is None:
            return tuple(self.repositories)
        return tuple(self._find(word) for word in repositories)

    def _find(self, word: str) -> str:
        if word in self.repositories:
            return word
        for one in self.repositories.values():
            if f"{word}/".startswith(f"{one.path}/"):
                return one.name
        raise unknown({one.name: Path(one.path) for one in self.repositories.values()}, word)
