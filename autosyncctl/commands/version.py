"""`autosyncctl version`: which autosync this is, and which one runs."""

import argparse

from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.view import Cell, View
from autosyncctl.words import clean
from autosyncd.api.requests import NoParams
from autosyncd.api.types import VersionResult
from autosyncd.version import VERSION


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`version`."""
    about = "the versions of autosyncctl and of the autosyncd that runs"
    parser = commands.add_parser("version", help=about, description=about)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print both versions; ours also where no daemon runs."""
    output = Output(arguments)
    if not output.json:
        output.show(View(lines=((Cell(f"autosyncctl {VERSION}"),),)))
    with connect(arguments) as client:
        daemon = client.call("version", NoParams(), VersionResult)
    if output.json:
        output.document(daemon)
    else:
        text = f"autosyncd {clean(daemon.version)}, process {daemon.pid}"
        output.show(View(lines=((Cell(text),),)))
    return 0
