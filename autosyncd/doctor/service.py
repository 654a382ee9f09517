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
    return _finding("note", said, _cure(environment))


def _cure(environment: Mapping[str, str]) -> str:
    """What starts it by itself: systemd, else the desktop (Desktop Application Autostart
    Specification). For cron only root has a place for the socket that is known to all."""
    if SYSTEMD.is_dir() and "XDG_RUNTIME_DIR" in environment:
        return "`autosyncctl stop && autosyncctl service install`"
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            "Name=autosync",
            f"Exec={_program()} --init",
        )
        words = " ".join(map(shlex.quote, lines))
        folder = "~/.config/autostart"
        file = f"{folder}/autosyncd.desktop"
        return f"`mkdir -p {folder} && printf '%s\\n' {words} > {file}`"
    if os.geteuid() == 0 and shutil.which("crontab", path=environment.get("PATH")):
        line = shlex.quote(f"@reboot {_program()} --init")
        return f"`(crontab -l 2>/dev/null; echo {line}) | crontab -`"
    return "start it where your session starts its programs: `autosyncd --init &`"


def _program() -> str:
    """This very autosyncd; double quotes mean the same to a shell and in a desktop entry."""
    beside = Path(sys.executable).with_name("autosyncd")
    if not os.access(beside, os.X_OK):
        return "autosyncd"
    return f'"{beside}"' if " " in str(beside) else str(beside)


def _finding(level: str, message: str, hint: str | None = None) -> Finding:
    return Finding(
        repository=None, level="ok" if level == "ok" else "note", message=message, hint=hint
    )
