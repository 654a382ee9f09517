"""What is examined: the daemon as a whole, and each of its repositories."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autosyncd.api.types import Finding, LastError, RepositoryStatus
from autosyncd.config.model import RepositorySettings
from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.elsewhere import Elsewhere
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.settings import GitConfig

AT_ONCE = 16
"""How many programs, and checks, run at once; most of them wait for a network."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A watched repository: its settings, and what its worker says of it; `limit` is why not all
    of it is watched."""

    settings: RepositorySettings
    status: RepositoryStatus
    limit: LastError | None = None


@dataclass(frozen=True, slots=True)
class House:
    """The daemon; `channels` are findings about its channels, `environment` is its own.

    `everything`: no repositories were named, so that the machine is looked at, too.
    """

    entries: tuple[Entry, ...]
    channels: tuple[Finding, ...]
    environment: Mapping[str, str]
    everything: bool = True
    slots: Slots = field(default_factory=lambda: Slots(AT_ONCE))
    """Its own, so that it keeps no repository waiting."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A git repository, opened for looking only. `branch` is None where HEAD is detached, `place`
    where there is no remote to sync with, whose name is `remote`."""

    entry: Entry
    git: Git
    layout: Layout
    config: GitConfig
    branch: str | None
    head: str | None
    remote: str | None
    place: Elsewhere | None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.entry.settings.name

    @property
    def environment(self) -> Mapping[str, str]:
        """In which its commands run."""
        return self.git.environment

    def ok(self, message: str) -> Finding:
        """Something that is in order."""
        return Finding(repository=self.name, level="ok", message=message)

    def note(self, message: str, hint: str | None = None) -> Finding:
        """Something that people should know."""
        return Finding(repository=self.name, level="note", message=message, hint=hint)

    def problem(self, message: str, hint: str | None = None) -> Finding:
        """Something that keeps it from working."""
        return Finding(repository=self.name, level="problem", message=message, hint=hint)
