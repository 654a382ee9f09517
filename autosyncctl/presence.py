"""Whether a daemon is meant to be there: to be known without asking it.

Where its socket is systemd's, whoever connects starts it: those who only wait for it must not.
"""

from pathlib import Path

from autosyncd.api.locate import lock_path


def has_stopped(socket: Path) -> bool:
    """Whether the last daemon at `socket` ended as it was asked to: its lock is empty then."""
    try:
        return lock_path(socket).stat().st_size == 0
    except OSError:
        return False
