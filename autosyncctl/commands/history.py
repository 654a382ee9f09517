"""`autosyncctl history`: the automatic commits of a repository, or all commits of a file."""

import argparse
import time

from autosyncctl.arguments import number
from autosyncctl.client import Client
from autosyncctl.naming import absolute
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.views.past import history_view
from autosyncd.api.paths import as_sent
from autosyncd.api.requests import HistoryParams, StatusParams
from autosyncd.api.types import HistoryResult, Status

USUAL = 20


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`history REPO|FILE [-n N]`."""
    about = "the automatic commits of a repository, or all commits of a file, newest first"
    parser = commands.add_parser("history", help=about, description=about)
    parser.add_argument("of", metavar="REPO|FILE", help="a repository, or a file or folder in one")
    parser.add_argument(
        "-n",
        dest="limit",
        metavar="N",
        type=number,
        default=USUAL,
        help=f"the newest N (usually {USUAL})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the commits; the ids are what `restore --at` takes."""
    output = Output(arguments)
    with connect(arguments) as client:
        params = _params(client, arguments.of, arguments.limit)
        result = client.call("history", params, HistoryResult, timeout=None)
    if output.json:
        output.document(result)
    else:
        output.show(history_view(result, time.time()))
    return 0


def _params(client: Client, word: str, limit: int) -> HistoryParams:
    """A name is the repository's; so is a path, if it is just the watched folder."""
    known = client.call("status", StatusParams(), Status).repositories
    if any(one.name == word for one in known):
        return HistoryParams(repository=word, limit=limit)
    path = absolute(word)
    for one in known:
        if one.path.rstrip("/") == path.rstrip("/"):
            return HistoryParams(repository=one.name, limit=limit)
    return HistoryParams(file=as_sent(path), limit=limit)
