"""One run of a command: the connection to the daemon, and the words it is about."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from autosyncctl import naming
from autosyncctl.client import Client, UnreachableError
from autosyncctl.naming import Words
from autosyncctl.presence import has_stopped
from autosyncd.api.locate import socket_path
from autosyncd.errors import UsageError

Result = TypeVar("Result")


def connect(arguments: argparse.Namespace) -> Client:
    """Connect to the daemon that the options and the environment name.

    Raises UsageError where they name none, UnreachableError where it is not there.
    """
    return Client(where(arguments))


def reconnect(arguments: argparse.Namespace) -> Client:
    """As `connect`, but a daemon that was stopped is not started by that."""
    path = where(arguments)
    if has_stopped(path):
        raise UnreachableError("cannot reach autosyncd: it was stopped")
    return Client(path)


def where(arguments: argparse.Namespace) -> Path:
    """The daemon's socket; raises UsageError where nothing names it."""
    try:
        path = socket_path(os.environ, uid=os.getuid(), given=arguments.socket)
    except RuntimeError as error:
        raise UsageError(
            f"cannot tell where autosyncd's socket is: {error}", hint="use --socket"
        ) from error
    if path is None:
        why = "cannot tell where autosyncd's socket is: XDG_RUNTIME_DIR is not set"
        raise UsageError(why, hint="use --socket or AUTOSYNC_SOCKET")
    return path


def ask(
    client: Client, arguments: argparse.Namespace, request: Callable[[Words], Result]
) -> Result:
    """Make a request about the REPO words of the command line; None where there are none."""
    return naming.ask(client, arguments.repositories, request)


def add_repositories(parser: argparse.ArgumentParser) -> None:
    """The REPO words that most commands take."""
    parser.add_argument(
        "repositories", nargs="*", metavar="REPO", help="a name, or a path in a repository"
    )


def add_chosen(parser: argparse.ArgumentParser) -> None:
    """`REPO ... | --all`, for what nobody should do to all repositories by accident."""
    add_repositories(parser)
    parser.add_argument("--all", action="store_true", help="all repositories")


def check_chosen(arguments: argparse.Namespace) -> None:
    """Raises UsageError unless either repositories or --all are given."""
    if bool(arguments.repositories) == arguments.all:
        why = "either repositories or --all must be given"
        command = arguments.command
        raise UsageError(f"cannot {command}: {why}", hint=f"see `autosyncctl {command} --help`")
