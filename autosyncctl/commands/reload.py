"""`autosyncctl reload`: read the configuration again."""

import argparse

from autosyncctl.output import Output, complain
from autosyncctl.session import connect
from autosyncctl.views.outcomes import reload_view
from autosyncctl.words import count
from autosyncd.api.requests import NoParams
from autosyncd.api.types import ReloadResult
from autosyncd.errors import AutosyncError, RepositoryFailedError

KEPT = "the running configuration is kept"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`reload`."""
    about = "read the configuration again"
    parser = commands.add_parser("reload", help=about, description=about)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reload; every mistake gets its line, and leaves everything as it was."""
    output = Output(arguments)
    with connect(arguments) as client:
        try:
            result = client.call("reload", NoParams(), ReloadResult, timeout=None)
        except RepositoryFailedError as error:
            raise _refused(error) from error
    if output.json:
        output.document(result)
    else:
        output.show(reload_view(result))
    return 0


def _refused(error: RepositoryFailedError) -> AutosyncError:
    problems = error.message.splitlines()
    if len(problems) == 1:
        return AutosyncError(f"cannot reload: {error.line()}", hint=KEPT)
    for problem in problems:
        complain(AutosyncError(problem))
    return AutosyncError(f"cannot reload: {count(len(problems), 'mistake')}", hint=KEPT)
