"""Asks the user for a line of text: zenity(1) or kdialog(1), whichever is there."""

import os
import shutil
import subprocess
from collections.abc import Callable

Ask = Callable[[str, str, str, float], "str | None"]
GRACE = 2.0
"""Seconds that a dialog has to close itself after its time."""


def ask(title: str, text: str, default: str, seconds: float) -> str | None:
    """The line that was typed; None if the dialog was closed or ignored, or there is none."""
    command = _zenity(title, text, default, seconds) or _kdialog(title, text, default)
    if command is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    try:
        answer = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=seconds + GRACE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    line = answer.stdout.decode("utf-8", "replace").strip()
    return line if answer.returncode == 0 and line else None


def _zenity(title: str, text: str, default: str, seconds: float) -> list[str] | None:
    """Its text is a label in which underscores and backslashes mean something."""
    if (program := shutil.which("zenity")) is None:
        return None
    label = text.replace("\\", "\\\\").replace("_", "__")
    return [
        *(program, "--entry", f"--title={title}", f"--text={label}"),
        *(f"--entry-text={default}", f"--timeout={max(1, round(seconds))}", "--width=480"),
    ]


def _kdialog(title: str, text: str, default: str) -> list[str] | None:
    program = shutil.which("kdialog")
    return [program, "--title", title, "--inputbox", text, default] if program else None
