"""What to say when the kernel allows no more watches."""

from pathlib import Path

from autosyncd.errors import WatchLimitError
from autosyncd.watch.base import WatchLimited

_SETTINGS = Path("/proc/sys/fs/inotify")


def too_many_watches(wanted: int, watched: int) -> WatchLimited:
    """`wanted` folders should be watched over all repositories, `watched` of them are."""
    allowed = _allowed("max_user_watches")
    enough = 1 << max(2 * wanted, allowed, 8192).bit_length()
    return WatchLimited(
        f"cannot watch {wanted - watched} of {wanted} folders: the kernel allows this user"
        f" {allowed} watches (/proc/sys/fs/inotify/max_user_watches), other programs' included",
        f"allow more with: sysctl fs.inotify.max_user_watches={enough}",
    )


def too_many_instances() -> WatchLimitError:
    """No inotify instance can be had."""
    allowed = _allowed("max_user_instances")
    enough = 1 << max(2 * allowed, 256).bit_length() - 1
    return WatchLimitError(
        f"cannot watch anything: all {allowed} inotify instances that the kernel allows this user"
        " are in use (/proc/sys/fs/inotify/max_user_instances)",
        hint=f"allow more with: sysctl fs.inotify.max_user_instances={enough}",
    )


def _allowed(setting: str) -> int:
    try:
        return int((_SETTINGS / setting).read_text("ascii"))
    except (OSError, ValueError):
        return 0
