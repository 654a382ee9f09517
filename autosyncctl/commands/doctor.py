"""`autosyncctl doctor`: check everything that could keep syncing from working."""

import argparse

from autosyncctl.output import Output, complain
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.views.outcomes import doctor_view
from autosyncctl.words import count
from autosyncd.api.requests import DoctorParams
from autosyncd.api.types import DoctorResult
from autosyncd.errors import AutosyncError


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`doctor [REPO ...]`."""
    about = "check everything that could keep syncing from working"
    parser = commands.add_parser("doctor", help=about, description=about)
    add_repositories(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; a problem makes the exit code 1."""
    output = Output(arguments)
    with connect(arguments) as client:

        def request(words: tuple[str, ...] | None) -> DoctorResult:
            params = DoctorParams(repositories=words)
            return client.call("doctor", params, DoctorResult, timeout=None)

        result = ask(client, arguments, request)
    if output.json:
        output.document(result)
    else:
        output.show(doctor_view(result))
    if result.ok:
        return 0
    problems = sum(finding.level == "problem" for finding in result.findings)
    text = f"doctor found {count(problems, 'problem')}"
    complain(AutosyncError(text, hint="mend what it says, then run `autosyncctl doctor` again"))
    return 1
