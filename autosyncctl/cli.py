"""The command line: parse it, run the command, turn what goes wrong into one line and a code."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

from autosyncctl.client import UnreachableError
from autosyncctl.output import complain
from autosyncctl.usage import Parser, command_in, strange
from autosyncd.errors import AutosyncError, NoSuchRepositoryError, UsageError
from autosyncd.version import VERSION

DONE, FAILED, WRONG_USAGE, NOT_RUNNING, NO_SUCH_REPOSITORY = range(5)
PIPE_CLOSED = 141
"""What the shell shows for a program that SIGPIPE ended: 128 + 13."""

COMMANDS = {
    **{name: name for name in ("status", "pause", "resume", "sync", "events", "conflicts")},
    **{name: name for name in ("held", "approve", "history", "restore", "add", "clone")},
    **{name: name for name in ("remove", "reload", "doctor")},
    "import": "import_",
    **{name: name for name in ("service", "agent", "version", "stop", "completion")},
}
"""Each command, in the order of the help, and the module in `autosyncctl.commands` that has it."""

OPTIONS = ("-h", "--help", "--version", "--socket", "--json", "--no-color")
"""Those that may stand before the command."""

EPILOG = """\
REPO is a repository's name, its path, or any path inside it. `autosyncctl COMMAND --help` shows
each command in use; `man autosyncctl` has them all.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 autosyncd is not running, 4 no such repository."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        code = _run(argv)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except AutosyncError as error:
        complain(error)
        return _exit_code(error)
    except OSError as error:
        return cannot_write(error)


def cannot_write(error: OSError) -> int:
    """The exit code where stdout takes no more; why is said unless nobody reads it."""
    _discard_output()
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    complain(AutosyncError(f"cannot write the output: {error.strerror or error}"))
    return FAILED


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    command = command_in(words, COMMANDS, OPTIONS)
    whole = parser((command,) if command else COMMANDS)
    try:
        arguments, unknown = whole.parse_known_args(words)
    except SystemExit as done:
        return int(done.code or DONE)
    if unknown:
        raise strange(unknown, f"autosyncctl {command}", arguments.options)
    run = arguments.run
    return int(run(arguments))


def _exit_code(error: AutosyncError) -> int:
    match error:
        case UsageError():
            return WRONG_USAGE
        case UnreachableError():
            return NOT_RUNNING
        case NoSuchRepositoryError():
            return NO_SUCH_REPOSITORY
        case _:
            return FAILED


def _discard_output() -> None:
    """Python flushes stdout at its end, and would complain there once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def parser(names: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """The parser of a whole command line that knows these commands."""
    parser = Parser(
        prog="autosyncctl",
        description="Ask and steer the autosync daemon.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--version", action="version", version=f"autosyncctl {VERSION}", help="print the version"
    )
    parser.set_defaults(socket=None, json=False, no_color=False)
    _add_global_options(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        import_module(f"autosyncctl.commands.{COMMANDS[name]}").add_parser(commands)
    for name, subparser in commands.choices.items():
        subparser.general = _add_global_options(subparser)
        flags = tuple(subparser._option_string_actions)  # noqa: SLF001 - argparse tells it nowhere else
        subparser.set_defaults(command=name, options=flags)
    return parser


def _add_global_options(parser: argparse.ArgumentParser) -> tuple[argparse.Action, ...]:
    """The same before and after the command; without a default neither undoes the other."""
    group = parser.add_argument_group("options of all commands")
    absent = argparse.SUPPRESS
    return (
        group.add_argument(
            "--socket",
            metavar="PATH",
            default=absent,
            help="the daemon's socket (usually $XDG_RUNTIME_DIR/autosync/control.sock)",
        ),
        group.add_argument(
            "--json", action="store_true", default=absent, help="print JSON, for programs"
        ),
        group.add_argument(
            "--no-color", action="store_true", default=absent, help="print no colours"
        ),
    )
