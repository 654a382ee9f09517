"""`autosyncctl pause`: leave repositories alone for a while."""

import argparse
import time

from autosyncctl.arguments import duration
from autosyncctl.output import Output
from autosyncctl.session import add_chosen, ask, check_chosen, connect
from autosyncctl.views.outcomes import paused_view
from autosyncd.api.requests import PauseParams, StatusParams
from autosyncd.api.types import Names, Status


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`pause REPO ... | --all [--for DURATION]`."""
    about = "run no command for these repositories, for a while or until they are resumed"
    parser = commands.add_parser("pause", help=about, description=about)
    add_chosen(parser)
    parser.add_argument(
        "--for", dest="seconds", metavar="DURATION", type=duration, help="90s, 5m, 2h or 1d"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Pause, and say until when."""
    check_chosen(arguments)
    output = Output(arguments)
    with connect(arguments) as client:

        def request(words: tuple[str, ...] | None) -> Names:
            params = PauseParams(repositories=words, all=arguments.all, for_=arguments.seconds)
            return client.call("pause", params, Names)

        names = ask(client, arguments, request)
        if output.json:
            output.document(names)
            return 0
        params = StatusParams(repositories=names.repositories)
        status = client.call("status", params, Status)
    output.show(paused_view(status, time.time()))
    return 0
