"""The unit files of the user's systemd: where they are, written and removed."""

import os
import shutil
import sys
from importlib.resources import files
from pathlib import Path

from autosyncd.errors import AutosyncError

SERVICE, SOCKET = "autosyncd.service", "autosyncd.socket"
NAMES = (SERVICE, SOCKET)

_MARK = "# Written by `autosyncctl service install`; changes belong into `systemctl --user edit`.\n"
_PACKAGED = "/usr/bin/autosyncd"


def folder() -> Path:
    """Where the user's own units are (systemd.unit(5), Unit File Load Path)."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "systemd" / "user"


def write() -> tuple[Path, ...]:
    """Write the units, those of an earlier time over; returns where they are.

    Raises AutosyncError, before anything is written, for a file that somebody else wrote.
    """
    there = tuple(folder() / name for name in NAMES)
    for path in there:
        _check_ours(path)
    program = daemon_program()
    try:
        folder().mkdir(parents=True, exist_ok=True)
        for path in there:
            _replace(path, _MARK + text(path.name, program))
    except OSError as error:
        raise AutosyncError(f"cannot write {error.filename}: {error.strerror}") from error
    return there


def present() -> tuple[Path, ...]:
    """The units that `write` wrote and that are there; raises AutosyncError for one of others."""
    there = tuple(path for name in NAMES if (path := folder() / name).exists())
    for path in there:
        _check_ours(path)
    return there


def remove() -> None:
    """Remove what is `present`."""
    for path in present():
        path.unlink()


def text(name: str, program: Path) -> str:
    """The unit as it starts this program."""
    unit = (files("autosyncctl.units") / name).read_text(encoding="utf-8")
    return unit.replace(f"ExecStart={_PACKAGED}", f"ExecStart={_started(program)}")


def daemon_program() -> Path:
    """The autosyncd that was installed with this autosyncctl, else the one in PATH."""
    beside = Path(sys.executable).with_name("autosyncd")
    if os.access(beside, os.X_OK):
        return beside
    if found := shutil.which("autosyncd"):
        return Path(found).absolute()
    raise AutosyncError(
        "cannot write the units: the program autosyncd is not found",
        hint="install autosync, for example with pipx",
    )


def _started(program: Path) -> str:
    """As the program of ExecStart= (systemd.service(5), Command Lines).

    As a program systemd refuses quotes, backslashes and control characters, and takes `$$` for two;
    as the argument of a shell it takes everything.
    """
    path = str(program)
    if any(letter in "$\"'\\" or not letter.isprintable() for letter in path):
        return f'/bin/sh -c \'exec "$$0" "$$@"\' {_quoted(path.replace("$", "$$"))}'
    return _quoted(path) if " " in path or ";" in path else path.replace("%", "%%")


def _quoted(path: str) -> str:
    """As one word."""
    word = path.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escaped(c) for c in word) + '"'


def _escaped(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))


def _check_ours(path: Path) -> None:
    try:
        ours = path.read_text(encoding="utf-8", errors="replace").startswith(_MARK)
    except FileNotFoundError:
        return
    except OSError as error:
        raise AutosyncError(f"cannot read {path}: {error.strerror}") from error
    if not ours:
        why = f"{path} is there already, and was not written by this command"
        raise AutosyncError(f"cannot touch the units: {why}", hint="move it away first")


def _replace(path: Path, unit: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(unit, encoding="utf-8")
    new.replace(path)
