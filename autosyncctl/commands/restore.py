"""`autosyncctl restore`: bring back an earlier version of a file, as a new change."""

import argparse
import re
import time

import msgspec

from autosyncctl.naming import absolute, sent
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.views.past import restore_view
from autosyncctl.when import parse_when
from autosyncd.api.requests import RestoreParams
from autosyncd.api.types import RestoreResult
from autosyncd.errors import UsageError

_REVISION = re.compile("[0-9a-f]{4,64}")
"""An id of a commit, or the beginning of one; what else it could be is the daemon's to say."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`restore FILE --at REV|WHEN [--output FILE]`."""
    about = "bring back an earlier version of a file, as a new change"
    parser = commands.add_parser("restore", help=about, description=about)
    parser.add_argument("file", metavar="FILE", help="the file or folder, also one that is deleted")
    parser.add_argument(
        "--at",
        metavar="REV|WHEN",
        required=True,
        help="a commit from `history`, or '2h ago', 'yesterday 10:00', 'last monday', noon, …",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write it to this new file, and leave FILE as it is"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Restore, and say which version it is and where the one before is kept."""
    output = Output(arguments)
    now = time.time()
    at = _at(arguments.at, now)
    params = RestoreParams(
        file=sent(arguments.file),
        at=at,
        output=sent(arguments.output) if arguments.output is not None else None,
    )
    with connect(arguments) as client:
        result = client.call("restore", params, RestoreResult, timeout=None)
    if output.json:
        output.document(result)
    else:
        file = absolute(arguments.file if arguments.output is None else arguments.output)
        shown = msgspec.structs.replace(result, file=file)  # JSON has no text for odd bytes
        output.show(restore_view(shown, at, now))
    return 0


def _at(text: str, now: float) -> str | float:
    """A revision as it is, a moment in Unix seconds; raises UsageError for words that are none."""
    if _REVISION.fullmatch(text):
        return text
    try:
        return parse_when(text, now)
    except ValueError as error:
        if " " in text and not any(sign in text for sign in "@^~:"):
            raise UsageError(
                f"cannot restore: {error}", hint="see `autosyncctl restore --help`"
            ) from error
        return text
