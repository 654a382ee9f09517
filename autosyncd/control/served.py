"""What the control socket serves: the daemon, as the requests need it."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from autosyncd.api.events import Event
from autosyncd.api.types import (
    AddResult,
    ApproveResult,
    CompareResult,
    ConflictsResult,
    DescribeResult,
    DoctorResult,
    HeldResult,
    HistoryResult,
    Names,
    ReloadResult,
    RemoveResult,
    RestoreResult,
    SettleResult,
    Status,
    SyncResult,
    VersionResult,
)
from autosyncd.bus import Bus


class Served(Protocol):
    """The daemon. `repositories` are names or paths as the user typed them; None means all.

    Raises `NoSuchRepositoryError`, `PausedError` and every other `AutosyncError` with its hint.
    """

    bus: Bus

    def status(self, repositories: Sequence[str] | None) -> Status:
        """What each repository is doing."""

    def names(self, repositories: Sequence[str] | None) -> frozenset[str] | None:
        """The names that a filter means; None for all, also those that come later."""

    async def pause(self, repositories: Sequence[str] | None, seconds: float | None) -> Names:
        """Stop committing, pulling and pushing, for ever or for some seconds."""

    async def resume(self, repositories: Sequence[str] | None) -> Names:
        """Go on after a pause."""

    async def sync(self, repositories: Sequence[str] | None, *, wait: bool) -> SyncResult:
        """Commit, pull and push now."""

    async def events(
        self,
        repositories: Sequence[str] | None,
        *,
        since: float | None,
        limit: int | None,
        kinds: frozenset[str] | None = None,
    ) -> tuple[Event, ...]:
        """What happened since then, oldest first; the newest `limit` of it."""

    async def conflicts(self, repositories: Sequence[str] | None) -> ConflictsResult:
        """The conflict copies that wait for the user."""

    async def compare(self, file: str) -> CompareResult:
        """How the conflict copies of a file differ from it."""

    async def settle(self, file: str, keep: Literal["this", "other", "both"]) -> SettleResult:
        """Settle the conflicts of a file: keep the version with its name, the other, or both."""

    def held(self, repositories: Sequence[str] | None) -> HeldResult:
        """What is left out on purpose, why, and what to do about it."""

    async def approve(self, repository: str, paths: Sequence[str]) -> ApproveResult:
        """Let held paths in, or without paths the deletions that wait all together."""

    async def history(
        self, *, repository: str | None, file: str | None, limit: int
    ) -> HistoryResult:
        """The automatic commits of a repository, or all of a file, newest first."""

    async def describe(self, repository: str, commit: str, message: str) -> DescribeResult:
        """Put `message` in place of the subject of a commit that was not pushed yet."""

    def describing(self, repository: str) -> None:
        """The user is being asked to describe the last commit: its push waits, but not for long."""

    async def restore(self, file: str, at: str | float, *, output: str | None) -> RestoreResult:
        """Bring back the version of a file at a revision, or at a moment in Unix seconds."""

    async def add(
        self, path: str, remote: str | None, settings: Mapping[str, str], *, dry_run: bool
    ) -> AddResult:
        """Put a folder under autosync; with `dry_run` only find out what that would do."""

    async def clone(self, url: str, path: str, settings: Mapping[str, str]) -> AddResult:
        """Clone a remote into a new folder and put that under autosync."""

    async def remove(self, repository: str) -> RemoveResult:
        """Stop watching a repository, which is left as it is."""

    async def reload(self) -> ReloadResult:
        """Read the configuration again; on `ConfigError` the old one keeps running."""

    async def doctor(self, repositories: Sequence[str] | None) -> DoctorResult:
        """Check everything that could keep syncing from working."""

    def version(self) -> VersionResult:
        """Which daemon this is."""

    def stop(self) -> None:
        """Ask the daemon to end soon."""
