"""`autosyncctl stop`: ask the daemon to stop."""

import argparse

from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.view import Cell, View
from autosyncd.api.requests import NoParams
from autosyncd.errors import AutosyncError

STOP_LIMIT = 15.0
"""Seconds; the daemon lets commands in flight finish for at most ten."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`stop`."""
    about = "ask the daemon to stop"
    parser = commands.add_parser("stop", help=about, description=about)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask, and wait until it has gone."""
    output = Output(arguments)
    with connect(arguments) as client:
        stopping = client.call("stop", NoParams(), bool)
        if not client.closes(STOP_LIMIT):
            why = f"autosyncd was asked, and still runs after {STOP_LIMIT:g} s"
            raise AutosyncError(f"cannot stop: {why}", hint="its log says what it waits for")
    if output.json:
        output.document(stopping)
    else:
        output.show(View(lines=((Cell("autosyncd has stopped"),),)))
    return 0
