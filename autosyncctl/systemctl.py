"""Asks the user's systemd: systemctl(1) and loginctl(1)."""

import shutil
import subprocess
from collections.abc import Mapping

from autosyncd.errors import AutosyncError

LIMIT = 150.0
"""Seconds; a start may take as long as the unit allows."""

BY_HAND = "start it without systemd: `autosyncd --init &`, also where your session starts programs"


def systemctl(*arguments: str) -> str:
    """What systemctl prints; raises AutosyncError with what it complained of."""
    finished = _run("systemctl", "--user", "--no-pager", *arguments)
    if finished.returncode:
        raise AutosyncError(
            f"cannot {_what(arguments, finished)}: {_complaint(finished)}", hint=_hint(finished)
        )
    return finished.stdout


def properties(unit: str, *names: str) -> Mapping[str, str]:
    """These properties of a unit; a unit that systemd does not know has empty ones."""
    lines = systemctl("show", f"--property={','.join(names)}", unit).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def lingers(user: str) -> bool | None:
    """Whether the user's services run without a session of theirs; None where logind is not."""
    if shutil.which("loginctl") is None:
        return None
    finished = _run("loginctl", "show-user", "--property=Linger", user)
    return None if finished.returncode else finished.stdout.strip() == "Linger=yes"


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LIMIT, errors="replace"
        )
    except FileNotFoundError as error:
        raise AutosyncError("cannot ask systemd: it is not installed", hint=BY_HAND) from error
    except subprocess.TimeoutExpired as error:
        why = f"no answer within {LIMIT:g} s"
        raise AutosyncError(f"cannot ask systemd: {why}", hint=BY_HAND) from error


def _what(arguments: tuple[str, ...], finished: "subprocess.CompletedProcess[str]") -> str:
    """In the user's words: nobody asked for `show`, nor for what a systemd that is absent does."""
    verb = next((word for word in arguments if not word.startswith("-")), "show")
    return "ask systemd" if verb == "show" or _is_absent(finished) else verb


def _is_absent(finished: "subprocess.CompletedProcess[str]") -> bool:
    return "connect to bus" in finished.stderr or "XDG_RUNTIME_DIR" in finished.stderr


def _complaint(finished: "subprocess.CompletedProcess[str]") -> str:
    return " ".join(finished.stderr.split()) or f"systemctl ended with {finished.returncode}"


def _hint(finished: "subprocess.CompletedProcess[str]") -> str | None:
    if _is_absent(finished):
        return f"no systemd runs for this user here (a login starts it); {BY_HAND}"
    if "See" in finished.stderr:
        return "`journalctl --user -u autosyncd` says more"
    return None
