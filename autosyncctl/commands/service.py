"""`autosyncctl service`: let the user's systemd keep autosyncd running."""

import argparse
import getpass

import msgspec

from autosyncctl import unit_files
from autosyncctl.client import UnreachableError
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.systemctl import lingers, properties, systemctl
from autosyncctl.view import Cell, Tone, View
from autosyncd.api.requests import NoParams
from autosyncd.api.types import VersionResult
from autosyncd.errors import AutosyncError

ACTIONS = {
    "install": "write the units, enable and start them",
    "status": "whether it is installed, enabled and running",
    "uninstall": "stop it, and remove the units",
}


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How systemd stands to autosyncd; `lingers` is null where nobody can tell."""

    installed: bool
    enabled: bool
    active: str
    pid: int | None
    status: str | None
    lingers: bool | None


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`service install|status|uninstall`."""
    about = "let your systemd keep autosyncd running"
    epilog = "\n".join(f"{action:<10} {what}" for action, what in ACTIONS.items())
    parser = commands.add_parser(
        "service",
        help=about,
        description=about,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=tuple(ACTIONS), help="see below")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it, and show how it stands then."""
    output = Output(arguments)
    match arguments.action:
        case "install":
            _install(arguments)
        case "uninstall":
            _uninstall()
    status = _status()
    if output.json:
        output.document(status)
    else:
        output.show(_view(status))
    if arguments.action == "uninstall" or status.active == "active":
        return 0
    return 1


def _install(arguments: argparse.Namespace) -> None:
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


def _uninstall() -> None:
    there = unit_files.present()
    if there:
        systemctl("disable", "--now", *(path.name for path in there))
        unit_files.remove()
        systemctl("daemon-reload")


def _status() -> ServiceStatus:
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


def _view(status: ServiceStatus) -> View:
    return View(lines=tuple((cell,) for cell in _cells(status)))


def _cells(status: ServiceStatus) -> list[Cell]:
    if not status.installed:
        return [Cell("autosyncd is not installed as a service; `autosyncctl service install`")]
    cells = [_activity(status)]
    if not status.enabled:
        cells.append(Cell("It is not started at login; `autosyncctl service install`"))
    if status.lingers is False:
        cells.append(
            Cell("It ends when you log out, unless you allow it: `loginctl enable-linger`")
        )
    return cells


def _activity(status: ServiceStatus) -> Cell:
    if status.active == "active":
        return Cell(f"autosyncd runs (process {status.pid}): {status.status}", Tone.GOOD)
    return Cell(
        f"autosyncd is {status.active}; `journalctl --user -u autosyncd` says why", Tone.BAD
    )
