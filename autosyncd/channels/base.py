"""What a channel is to the daemon: it tells other machines of pushes, and hears of theirs.

Channels know no version control system: a push is a URL, a revision, and the roots of a history.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autosyncd.api.events import Event
from autosyncd.bus import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A push that other machines should hear of.

    `url` is where it went, without passwords and with paths absolute; `roots` the first commits of
    the history, by which machines recognise a repository whose URL differs between them; `sender`
    this machine's id; `peer_url` where the objects can be fetched straight from here. `repository`
    is the name it has on this machine, and is not told to anybody.
    """

    repository: str
    url: str
    commit: str
    sender: str
    roots: tuple[str, ...] = ()
    peer_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Somebody else's push, as a channel heard of it; nothing in it is to be trusted further
    than that it may be worth a look.

    `sender` is the machine's id, or whatever the channel knows it by. `repository` is the local
    name where the channel knows it, otherwise `roots` and `url` (in any spelling) tell. Without
    `authenticated` all senders of a channel share one tight limit.
    """

    channel: str
    sender: str
    url: str | None = None
    repository: str | None = None
    roots: tuple[str, ...] = ()
    commit: str | None = None
    peer_url: str | None = None
    authenticated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A repository of this machine that uses a channel.

    `url` is the remote's, as git has it; `root` the working copy's folder; `environment` what its
    settings add to the environment of programs.
    """

    repository: str
    url: str
    root: Path
    branch: str | None = None
    roots: tuple[str, ...] = ()
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a channel is: `detail` says as what it is connected, or why it is not.

    `needs_user`: trying again can't help before somebody does what `hint` says.
    """

    connected: bool
    detail: str
    hint: str | None = None
    needs_user: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a channel gets of the daemon; every call returns at once.

    `machine` is this machine's id, `host` its name, `environment` the daemon's. `heard` takes in
    what came; `announced` is called when an announcement has really gone out; `refresh` says that
    messages may have been missed, so that all repositories are to be looked at once. `events` lets
    the channel listen to everything that happens. `remember` keeps a text under a key until it is
    remembered anew, also over restarts; `recall` gives it back.
    """

    machine: str
    host: str
    environment: Mapping[str, str]
    heard: Callable[[Heard], None]
    announced: Callable[[Announcement], None]
    refresh: Callable[[], None]
    publish: Callable[[Event], None]
    events: Callable[[], AbstractContextManager[Subscription]]
    recall: Callable[[str], str | None] = lambda _key: None
    remember: Callable[[str, str], None] = lambda _key, _value: None


class Channel(Protocol):
    """One way to tell other machines; a Service that is cancelled to end it.

    `run` handles by itself all that its medium can do to it; what it raises is a bug. Everything
    else returns at once, may be called before `run` and after it, and never raises.
    """

    @property
    def name(self) -> str:
        """Its name in the configuration under `channels`."""

    async def run(self) -> None:
        """Be connected, and try again by itself where that may help, until cancelled."""

    def announce(self, announcement: Announcement) -> None:
        """Tell all other machines, as soon as that is possible.

        While it is not, the newest of each repository waits.
        """

    def follow(self, repositories: tuple[Served, ...]) -> None:
        """All repositories that use this channel; called again whenever that changes."""

    def network_up(self) -> None:
        """The network has come up, or the machine has woken: if not connected, try now."""

    def status(self) -> Condition:
        """How it is now."""
