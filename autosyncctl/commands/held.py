"""`autosyncctl held`: files left out on purpose, why, and what to do."""

import argparse

from autosyncctl.output import Output
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.views.held import held_view
from autosyncd.api.requests import HeldParams
from autosyncd.api.types import HeldResult


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`held [REPO ...]`."""
    about = "files left out on purpose, why, and what to do about it"
    parser = commands.add_parser("held", help=about, description=about)
    add_repositories(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what is held."""
    output = Output(arguments)
    with connect(arguments) as client:

        def request(words: tuple[str, ...] | None) -> HeldResult:
            return client.call("held", HeldParams(repositories=words), HeldResult)

        result = ask(client, arguments, request)
    if output.json:
        output.document(result)
    else:
        output.show(held_view(result))
    return 0
