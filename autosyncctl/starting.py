"""How this user starts autosyncd, for whoever finds that it does not run."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from autosyncd.api.locate import config_candidates, socket_path

UNITS = ("autosyncd.service", "autosync.service")
_USER_UNITS = ("/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user")
_SYSTEM_UNITS = ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")
_SYSTEMD = Path("/run/systemd/system")


def how_to_start(environment: Mapping[str, str], socket: Path, *, uid: int) -> str:
    """The exact command, in backticks: by the systemd unit that is installed, by one that can be,
    or else in this terminal."""
    if other := _instead_of_usual(environment, socket, uid=uid):
        return other
    user_session = uid != 0 or "XDG_RUNTIME_DIR" in environment
    if unit := _unit(environment, user_session=user_session):
        return f"`systemctl {'--user ' if user_session else ''}enable --now {unit}`"
    by_hand = f"`{_by_hand(environment)} &`"
    if user_session and (Path(environment.get("XDG_RUNTIME_DIR", "/")) / "systemd").is_dir():
        return f"`autosyncctl service install`, or only for now {by_hand}"
    return by_hand


def _instead_of_usual(environment: Mapping[str, str], socket: Path, *, uid: int) -> str | None:
    """Where another socket than the usual one is meant: no unit serves that."""
    bare = {name: value for name, value in environment.items() if name != "AUTOSYNC_SOCKET"}
    usual = socket_path(bare, uid=uid)
    if socket == usual:
        return None
    known = environment.get("AUTOSYNC_SOCKET") == str(socket)
    named = "" if known else f" --socket {shlex.quote(str(socket))}"
    by_hand = f"`{_by_hand(environment)}{named} &`"
    if usual and usual.is_socket():
        leave = "unset AUTOSYNC_SOCKET" if known else "leave --socket out"
        return f"{by_hand}, or {leave}: there is one at {usual}"
    return by_hand


def _by_hand(environment: Mapping[str, str]) -> str:
    return _program() + ("" if _configured(environment) else " --init")


def _unit(environment: Mapping[str, str], *, user_session: bool) -> str | None:
    if not _SYSTEMD.is_dir():
        return None
    places = [Path(place) for place in (_USER_UNITS if user_session else _SYSTEM_UNITS)]
    if user_session:
        config = environment.get("XDG_CONFIG_HOME")
        own = Path(config) if config else Path(environment.get("HOME", "/")) / ".config"
        places.insert(0, own / "systemd" / "user")
    for unit in UNITS:
        if any((place / unit).is_file() for place in places):
            return unit.removesuffix(".service")
    return None


def _configured(environment: Mapping[str, str]) -> bool:
    """Whether autosyncd finds a configuration by itself."""
    if environment.get("AUTOSYNC_CONFIG"):
        return True
    home = Path(environment.get("HOME", "/"))
    return any(os.path.lexists(place) for place in config_candidates(environment, home=home))


def _program() -> str:
    """autosyncd as this user's shell finds it, or beside this very program."""
    beside = Path(sys.argv[0]).parent / "autosyncd"
    if shutil.which("autosyncd") or not beside.is_file():
        return "autosyncd"
    return shlex.quote(str(beside.absolute()))
