"""`autosyncctl service`: let the user's systemd keep autosyncd running."""

import argparse
from typing import TYPE_CHECKING

from autosyncctl.output import Output
from autosyncctl.view import Cell, Tone, View

if TYPE_CHECKING:
    from autosyncctl.service import ServiceStatus

ACTIONS = {
    "install": "write the units, enable and start them",
    "status": "whether it is installed, enabled and running",
    "uninstall": "stop it, and remove the units",
}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`service install|status|uninstall`."""
    about = "let your systemd keep autosyncd running"
    epilog = "\n".join(f"  {action:<10} {what}" for action, what in ACTIONS.items())
    parser = commands.add_parser("service", help=about, description=about, epilog=epilog)
    parser.add_argument(
        "action", choices=tuple(ACTIONS), metavar="|".join(ACTIONS), help="see below"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it, and show how it stands then."""
    from autosyncctl import service

    output = Output(arguments)
    match arguments.action:
        case "install":
            service.install(arguments)
        case "uninstall":
            service.uninstall()
    status = service.status()
    if output.json:
        output.document(status)
    else:
        output.show(_view(status))
    if arguments.action == "uninstall" or status.active == "active":
        return 0
    return 1


def _view(status: "ServiceStatus") -> View:
    return View(lines=tuple((cell,) for cell in _cells(status)))


def _cells(status: "ServiceStatus") -> list[Cell]:
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


def _activity(status: "ServiceStatus") -> Cell:
    if status.active == "active":
        return Cell(f"autosyncd runs (process {status.pid}): {status.status}", Tone.GOOD)
    return Cell(
        f"autosyncd is {status.active}; `journalctl --user -u autosyncd` says why", Tone.BAD
    )
