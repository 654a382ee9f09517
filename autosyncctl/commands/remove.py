"""`autosyncctl remove`: stop watching a repository; the repository itself is left as it is."""

import argparse

from autosyncctl import naming
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.views.onboarding import removed_view
from autosyncd.api.requests import RemoveParams
from autosyncd.api.types import RemoveResult


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`remove REPO`."""
    about = "stop watching a repository; the repository itself is left as it is"
    parser = commands.add_parser("remove", help=about, description=about)
    parser.add_argument("repository", metavar="REPO", help="a name, or a path in a repository")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Remove it from the configuration."""
    output = Output(arguments)
    with connect(arguments) as client:
        found = naming.find(client, arguments.repository, "remove")
        params = RemoveParams(repository=found.name)
        result = client.call("remove", params, RemoveResult, timeout=None)
    if output.json:
        output.document(result)
    else:
        output.show(removed_view(result))
    return 0
