"""What `autosyncctl service` does: autosyncd as a service of the user's systemd."""

import argparse
import getpass

import msgspec

from autosyncctl import unit_files
from autosyncctl.client import UnreachableError
from autosyncctl.session import connect
from autosyncctl.systemctl import lingers, properties, systemctl
from autosyncd.api.requests import NoParams
from autosyncd.api.types import VersionResult
from autosyncd.errors import AutosyncError


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How systemd stands to autosyncd; `lingers` is null where nobody can tell."""

    installed: bool
    enabled: bool
    active: str
    pid: int | None
    status: str | None
    lingers: bool | None


def install(arguments: argparse.Namespace) -> None:
    """Write the units, enable them, and start what they say now."""
    _check_no_other(arguments)
    unit_files.write()
    systemctl("daemon-reload")
    systemctl("enable", *unit_files.NAMES)
    systemctl("start", unit_files.SOCKET)
    systemctl("restart", unit_files.SERVICE)


def _check_no_other(arguments: argparse.Namespace) -> None:
    """A daemon that was started by hand would lose its socket to systemd's."""
    if properties(unit_files.SOCKET, "ActiveState").get("ActiveState") == "active":
        return
    try:
        with connect(arguments) as client:
            running = client.call("version", NoParams(), VersionResult)
    except UnreachableError:
        return
    raise AutosyncError(
        f"cannot install the service: autosyncd runs already (process {running.pid})",
        hint="`autosyncctl stop`, then again",
    )


def uninstall() -> None:
    """Stop it, and remove the units."""
    there = unit_files.present()
    if there:
        systemctl("disable", "--now", *(path.name for path in there))
        unit_files.remove()
        systemctl("daemon-reload")


def status() -> ServiceStatus:
    """How it stands."""
    names = ("LoadState", "UnitFileState", "ActiveState", "MainPID", "StatusText")
    found = properties(unit_files.SERVICE, *names)
    pid = int(found.get("MainPID") or 0)
    return ServiceStatus(
        installed=found.get("LoadState") == "loaded",
        enabled=found.get("UnitFileState") == "enabled",
        active=found.get("ActiveState") or "unknown",
        pid=pid or None,
        status=found.get("StatusText") or None,
        lingers=lingers(getpass.getuser()),
    )
