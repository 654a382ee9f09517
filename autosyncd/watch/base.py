"""What a watcher is to the rest: hints about where to look."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autosyncd.core.ignoring import IgnoreSources


@dataclass(frozen=True, slots=True)
class Touched:
    """Paths that may have changed, relative to the repository's root; None: look everywhere."""

    paths: frozenset[bytes] | None


@dataclass(frozen=True, slots=True)
class ControlTouched:
    """Somebody used the VCS by hand: branch, index or state may have changed."""


@dataclass(frozen=True, slots=True)
class RulesTouched:
    """Ignore rules changed, so that they may cover other tracked files: let the watch `follow`."""


@dataclass(frozen=True, slots=True)
class RootGone:
    """The watched root was deleted, moved away or unmounted."""


@dataclass(frozen=True, slots=True)
class WatchLimited:
    """Not all folders can be watched; `message` says why, `hint` how to allow it."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class WatchComplete:
    """Everything is watched again after a WatchLimited."""


Hint = Touched | ControlTouched | RulesTouched | RootGone | WatchLimited | WatchComplete
OnHint = Callable[[Hint], None]


@dataclass(frozen=True, slots=True)
class Target:
    """What to watch: the folder `below` in `root` and everything in it that is not ignored.

    `below` is relative to `root` and empty for the root itself; hints name paths relative to
    `root`. The `control_dirs` are watched themselves (not below); `control_event` says whether a
    changed entry of one matters. What the kernel allows no watch for is hinted every `interval`
    seconds.
    """

    root: Path
    below: bytes
    sources: IgnoreSources
    control_dirs: tuple[Path, ...]
    control_event: Callable[[bytes], bool]
    interval: float = 30.0


class Watch(Protocol):
    """One watched tree. It hints by calling `on_hint` in the event loop."""

    @property
    def count(self) -> int:
        """How many folders are watched by the kernel."""

    async def placed(self) -> None:
        """Return once the whole tree is watched; what changes after that is never missed."""

    def recheck(self) -> None:
        """Walk the tree for folders that are not watched, as where something was mounted."""

    def follow(self, sources: IgnoreSources) -> None:
        """Other rules say from now on what is ignored."""

    def close(self) -> None:
        """Stop watching and hinting."""


class Watcher(Protocol):
    """Starts watches."""

    def watch(self, target: Target, on_hint: OnHint) -> Watch:
        """Begin to watch; hints may come at once.

        Raises NeedsUserError if the root can't be watched at all, WatchLimitError if the kernel
        allows no inotify instance.
        """
