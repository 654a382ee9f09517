"""`autosyncctl resume`: go on after a pause."""

import argparse

from autosyncctl.output import Output
from autosyncctl.session import add_chosen, ask, check_chosen, connect
from autosyncctl.views.outcomes import resumed_view
from autosyncd.api.requests import ResumeParams
from autosyncd.api.types import Names


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`resume REPO ... | --all`."""
    about = "go on with repositories that are paused"
    parser = commands.add_parser("resume", help=about, description=about)
    add_chosen(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Resume, and say what."""
    check_chosen(arguments)
    output = Output(arguments)
    with connect(arguments) as client:

        def request(words: tuple[str, ...] | None) -> Names:
            params = ResumeParams(repositories=words, all=arguments.all)
            return client.call("resume", params, Names)

        names = ask(client, arguments, request)
    if output.json:
        output.document(names)
    else:
        output.show(resumed_view(names.repositories))
    return 0
