"""`autosyncctl conflicts`: conflict copies waiting for the user."""

import argparse
import time

from autosyncctl.output import Output
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.views.past import conflicts_view
from autosyncd.api.requests import ConflictsParams
from autosyncd.api.types import ConflictsResult


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`conflicts [REPO ...]`."""
    about = "conflict copies waiting for you: whose they are, from when, and how they differ"
    parser = commands.add_parser("conflicts", help=about, description=about)
    add_repositories(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print each copy with the commands that compare it and settle the conflict."""
    output = Output(arguments)
    with connect(arguments) as client:

        def request(words: tuple[str, ...] | None) -> ConflictsResult:
            params = ConflictsParams(repositories=words)
            return client.call("conflicts", params, ConflictsResult, timeout=None)

        result = ask(client, arguments, request)
    if output.json:
        output.document(result)
    else:
        output.show(conflicts_view(result, time.time()))
    return 0
