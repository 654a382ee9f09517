"""Whether autosyncd starts by itself, and goes on when its user logs out."""

import getpass
import os
import shlex
import shutil
import sys
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
            "to have it run without a login: `loginctl enable-linger`",
        ),
    )


def _by_hand(environment: Mapping[str, str]) -> Finding:
    said = "autosyncd was started by hand, and does not start by itself"
    if SYSTEMD.is_dir() and "XDG_RUNTIME_DIR" in environment:
        return _finding("note", said, "`autosyncctl stop && autosyncctl service install`")
    if shutil.which("crontab", path=environment.get("PATH")):
        line = shlex.quote(f"@reboot {_program()} --init")
        return _finding("note", said, f"`(crontab -l 2>/dev/null; echo {line}) | crontab -`")
    return _finding("note", said, "start it where your session starts its programs")


def _program() -> str:
    """This very autosyncd, as a shell runs it."""
    beside = Path(sys.executable).with_name("autosyncd")
    return shlex.quote(str(beside)) if os.access(beside, os.X_OK) else "autosyncd"


def _finding(level: str, message: str, hint: str | None = None) -> Finding:
    return Finding(
        repository=None, level="ok" if level == "ok" else "note", message=message, hint=hint
    )
