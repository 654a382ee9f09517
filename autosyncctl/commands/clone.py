"""`autosyncctl clone`: get a repository from a remote, and put it under autosync."""

import argparse

from autosyncctl.commands.add import place
from autosyncctl.naming import absolute
from autosyncctl.onboarding import add_settings, present, settings_of, wait_for
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncd.api.requests import CloneParams


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`clone URL PATH [--set KEY=VALUE ...]`."""
    about = "get a repository from a remote into a new folder, and put it under autosync"
    parser = commands.add_parser("clone", help=about, description=about)
    parser.add_argument("url", metavar="URL", help="the remote")
    parser.add_argument("path", metavar="PATH", help="a folder that is empty, or not there yet")
    add_settings(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Clone it; exit code 1 if that fails, or it is not in step yet."""
    output = Output(arguments)
    params = CloneParams(
        url=place(arguments.url), path=absolute(arguments.path), set=settings_of(arguments)
    )
    with connect(arguments) as client:
        return present(wait_for(client, output, "clone", params), output)
