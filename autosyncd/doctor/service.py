"""Whether autosyncd starts by itself, and goes on when its user logs out."""

import getpass
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from autosyncd.api.types import Finding
from autosyncd.doctor.subject import House

SYSTEMD = Path("/run/systemd/system")
LINGERING = Path("/var/lib/systemd/linger")
"""Where logind keeps who lingers (loginctl(1), enable-linger)."""


async def check_service(house: House) -> Sequence[Finding]:
    """Look at who started this daemon; systemd gives what it starts an id (systemd.exec(5))."""
    if "INVOCATION_ID" not in house.environment:
        return (_by_hand(house.environment),)
    user = getpass.getuser()
    if os.geteuid() == 0 or not SYSTEMD.is_dir() or (LINGERING / user).exists():
        return (_finding("ok", "systemd keeps autosyncd running"),)
    return (
        _finding(
            "note",
            "systemd keeps autosyncd running as long as you are logged in",
            "to have it run without a login: loginctl enable-linger",
        ),
    )


def _by_hand(environment: Mapping[str, str]) -> Finding:
    if not SYSTEMD.is_dir() or "XDG_RUNTIME_DIR" not in environment:
        return _finding("note", "autosyncd was started by hand, and does not start by itself")
    return _finding(
        "note",
        "autosyncd was started by hand, and does not start by itself",
        "autosyncctl stop && autosyncctl service install",
    )


def _finding(level: str, message: str, hint: str | None = None) -> Finding:
    return Finding(
        repository=None, level="ok" if level == "ok" else "note", message=message, hint=hint
    )
