"""What to say when the kernel allows no more watches."""

import os
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import WatchLimitError
from autosyncd.watch.base import WatchLimited

_SYSCTL = Path("/proc/sys")

_WATCHES = ("fs.inotify.max_user_watches", "user.max_inotify_watches")
_INSTANCES = ("fs.inotify.max_user_instances", "user.max_inotify_instances")
_QUEUE = ("fs.inotify.max_queued_events",)


@dataclass(frozen=True, slots=True)
class Limit:
    """A setting of the kernel by its sysctl name, and its value; see inotify(7)."""

    name: str
    value: int

    def raised(self, enough: int) -> str:
        """What to type to allow at least `enough`, rounded up to a power of two."""
        more = f"{self.name}={1 << (enough - 1).bit_length()}"
        return f"allow more with: `{as_root(f'sysctl {more}')}`"


def as_root(command: str) -> str:
    """A command that only root may run, as this user types it."""
    return command if os.geteuid() == 0 else f"sudo {command}"


def watch_limit() -> Limit:
    """How many watches this user may have, over all programs."""
    return _lowest(_WATCHES)


def too_many_watches(wanted: int, watched: int) -> WatchLimited:
    """`wanted` folders should be watched over all repositories, `watched` of them are.

    Twice as many leave room for new folders, and for other programs.
    """
    limit = _lowest(_WATCHES)
    return WatchLimited(
        f"cannot watch {wanted - watched} of {wanted} folders, they are looked at now and then:"
        f" the kernel allows this user {limit.value} watches ({limit.name}), other programs'"
        " included",
        limit.raised(max(2 * wanted, limit.value + wanted - watched, 8192)),
    )


def too_many_instances() -> WatchLimitError:
    """No inotify instance can be had."""
    limit = _lowest(_INSTANCES)
    return WatchLimitError(
        f"cannot watch anything, it is looked at now and then: all {limit.value} inotify instances"
        f" that the kernel allows this user are in use ({limit.name})",
        hint=limit.raised(max(2 * limit.value, 256)),
    )


def too_many_events() -> str:
    """The kernel's queue was too short for what happened at once: what to log."""
    limit = _lowest(_QUEUE)
    return (
        f"more happened at once than the {limit.value} events that the kernel keeps; nothing is"
        f" lost, everything is looked at; {limit.raised(2 * limit.value)}, and restart autosyncd"
    )


def _lowest(names: tuple[str, ...]) -> Limit:
    """The setting that is in force; a container may have one of its own."""
    limits = [Limit(name, value) for name in names if (value := _value(name)) is not None]
    return min(limits, key=lambda limit: limit.value, default=Limit(names[0], 0))


def _value(name: str) -> int | None:
    try:
        return int((_SYSCTL / name.replace(".", "/")).read_text("ascii"))
    except (OSError, ValueError):
        return None
