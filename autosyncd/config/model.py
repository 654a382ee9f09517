"""The configuration as the rest of the daemon sees it: complete, checked, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autosyncd.core.peers import AUTHENTICATED

OnConflict = Literal["keep-both", "stop", "newest"]
Sync = Literal["both", "push", "pull", "commit"]
PullLock = Literal["optimized", "conservative"]
Watching = Literal["auto", "inotify", "poll"]
Bubbles = Literal["all", "problems", "none"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A password or key: given, or where it is. Never printed."""

    value: str | None = field(default=None, repr=False)
    file: Path | None = None
    command: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class MessageCommand:
    """A program whose stdout is the commit message."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """All settings of one repository (contract, section 2).

    Durations are seconds, `max_file_size` bytes (0: no limit), `max_delete` a share from 0 to 1,
    `on_conflict` pairs of gitignore pattern and policy of which the last that fits wins.
    """

    path: Path
    name: str
    vcs: str = "auto"
    settle: float = 5.0
    max_settle: float = 60.0
    push_delay: float = 5.0
    pull_interval: float = 300.0
    remote: str | None = None
    sync: Sync = "both"
    pull_lock: PullLock = "optimized"
    ignore: tuple[str, ...] = ()
    max_file_size: int = 100_000_000
    secrets: Literal["hold", "allow"] = "hold"
    max_delete: float = 0.5
    on_conflict: tuple[tuple[str, OnConflict], ...] = (("*", "keep-both"),)
    commit_message: str | MessageCommand | None = None
    commit_hooks: bool = False
    watch: Watching = "auto"
    poll_interval: float = 30.0
    channels: tuple[str, ...] | None = None
    peer_url: str | None = None
    peers: tuple[str, ...] = (AUTHENTICATED,)
    notify: Bubbles | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def uses(self, channel: str) -> bool:
        """Whether pushes are announced and heard of over that channel."""
        return self.channels is None or channel in self.channels

    @property
    def pulls(self) -> bool:
        """Whether what others pushed is wanted."""
        return self.remote != "none" and self.sync in ("both", "pull")

    @property
    def pushes(self) -> bool:
        """Whether our commits go to the remote."""
        return self.remote != "none" and self.sync in ("both", "push")


@dataclass(frozen=True, slots=True, kw_only=True)
class XmppSettings:
    """The XMPP channel (contract, section 6)."""

    jid: str
    password: Secret
    also_notify: str | None = None
    host: str | None = None
    port: int | None = None
    ca_file: Path | None = None
    tls: Literal["required", "off"] = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectorSettings:
    """The reflector channel (contract, section 6)."""

    url: str
    key: Secret | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSettings:
    """The ssh channel (contract, section 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """The announcement channels that are configured; None for those that are not."""

    xmpp: XmppSettings | None = None
    reflector: ReflectorSettings | None = None
    ssh: SshSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """The control socket, and how many VCS commands run at once (None: cores + 2)."""

    socket: Path | None = None
    max_commands: int | None = None


Commands = tuple[tuple[str, ...], ...]
"""Argument lists, run in turn; empty where the tool has no such step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTable:
    """How diverged commits are merged in copies of the repository."""

    theirs: Commands
    copy: Commands
    base: Commands
    merge: Commands
    commit: Commands
    publish: Commands
    advance: Commands
    clear: bool = False
    finish: bool = False
    resolved: Commands = ()
    close: Commands = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AroundTable:
    """What is run where a name is in the tree in which the tool's other commands fail."""

    known: Commands
    known_line: str
    changes: Commands
    incoming: Commands
    incoming_line: str
    commit_line: str
    place_line: str
    pull: Commands
    folder: Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersFrom:
    """The files, relative to the root, that have what a command prints; empty: not known."""

    head: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    remote_url: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VcsTable:
    """A tool described by its commands (contract, section 5); what ends in `_line`, `changes_…`,
    `rejected`, `failed` and `nothing` are regular expressions."""

    name: str
    detect: str
    status: Commands = ()
    status_output: bool = False
    add: Commands = ()
    remove: Commands = ()
    modify: Commands = ()
    move: Commands = ()
    startup: Commands = ()
    commit: Commands = ()
    push: Commands = ()
    pull: Commands = ()
    remote_url: Commands = ()
    ignore: tuple[str, ...] = ()
    changes: Commands = ()
    changes_new: str = ""
    changes_known: str = ""
    changes_turned: str | None = None
    files: Commands = ()
    files_line: str = "(?P<path>.+)"
    programs: Commands = ()
    programs_line: str = "(?P<path>.+)"
    program: Commands = ()
    no_program: Commands = ()
    head: Commands = ()
    head_line: str = r"(?P<id>\S+)"
    answers_from: AnswersFrom = AnswersFrom()
    fetch: Commands = ()
    incoming: Commands = ()
    incoming_line: str = r".*\S.*"
    tip_line: str | None = None
    outgoing: Commands = ()
    outgoing_line: str = r".*\S.*"
    rejected: str | None = None
    failed: str | None = None
    nothing: str | None = None
    locks: tuple[str, ...] = ()
    repository: Commands = ()
    unfinished: Commands = ()
    unfinished_line: str = r".*\S.*"
    unfinished_cure: str | None = None
    central: bool = False
    revert: Commands = ()
    around: AroundTable | None = None
    merge: MergeTable | None = None
    folders: bool = False
    folder_first: bool = False
    links: bool = True
    links_listed: bool = True
    modes: bool = True
    names: Literal["bytes", "utf-8"] = "bytes"
    longest_name: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole configuration; `file` is the main one, `sources` all that were read, in order."""

    repositories: tuple[RepositorySettings, ...] = ()
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    desktop: Bubbles = "all"
    control: ControlSettings = field(default_factory=ControlSettings)
    vcs: tuple[VcsTable, ...] = ()
    file: Path | None = None
    sources: tuple[Path, ...] = ()
