"""`autosyncctl conflicts`: conflict copies waiting for the user, compared and settled."""

import argparse
import time
from collections.abc import Iterable
from typing import TypeVar

from autosyncctl.client import Client
from autosyncctl.naming import absolute, sent
from autosyncctl.output import Output
from autosyncctl.session import ask, connect
from autosyncctl.views.conflicts import conflicts_view, differences_view, settled_view
from autosyncd.api.paths import as_answered
from autosyncd.api.requests import CompareParams, ConflictsParams, SettleParams
from autosyncd.api.types import (
    CompareResult,
    ConflictCopyFound,
    ConflictsResult,
    SettleResult,
)
from autosyncd.errors import UsageError

Item = TypeVar("Item")

ABOUT = """\
Conflict copies waiting for you: whose they are, from when, how they differ. A FILE is one with
conflict copies, or such a copy. With --keep, `this` is the version that has the file's name,
`other` the one in the copy; what is dropped stays in the history."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`conflicts [REPO|FILE ...] [--diff] [--keep this|other|both FILE ...]`."""
    about = "conflict copies waiting for you: whose they are, how they differ, which to keep"
    parser = commands.add_parser("conflicts", help=about, description=ABOUT)
    parser.add_argument("repositories", nargs="*", metavar="REPO|FILE", help="only in or of these")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--diff", action="store_true", help="show how the versions differ")
    group.add_argument(
        "--keep",
        choices=("this", "other", "both"),
        help="settle it for each FILE: keep this version, the other, or both under plain names",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List, compare or settle."""
    output = Output(arguments)
    with connect(arguments) as client:
        if arguments.keep:
            _settle(client, arguments, output)
            return 0
        found = _found(client, arguments)
        if arguments.diff:
            _compare(client, found, output)
        elif output.json:
            output.document(found)
        else:
            output.show(conflicts_view(found, time.time()))
    return 0


def _found(client: Client, arguments: argparse.Namespace) -> ConflictsResult:
    """Those in the repositories meant; where a word is a file with conflicts, only its own."""

    def request(words: tuple[str, ...] | None) -> ConflictsResult:
        params = ConflictsParams(repositories=words)
        return client.call("conflicts", params, ConflictsResult, timeout=None)

    result = ask(client, arguments, request)
    files = {as_answered(absolute(word)) for word in arguments.repositories}
    chosen = tuple(one for one in result.conflicts if files & _names(one))
    return ConflictsResult(conflicts=chosen or result.conflicts, unknown=result.unknown)


def _names(one: ConflictCopyFound) -> set[str]:
    return {f"{one.root}/{one.path}", f"{one.root}/{one.copy}"}


def _compare(client: Client, found: ConflictsResult, output: Output) -> None:
    copies = [f"{one.root}/{one.copy}" for one in found.conflicts]
    results = [_difference(client, copy) for copy in copies]
    both = CompareResult(differences=_together(one.differences for one in results))
    if output.json:
        output.document(both)
    else:
        output.show(differences_view(both))


def _difference(client: Client, file: str) -> CompareResult:
    return client.call("compare", CompareParams(file=file), CompareResult, timeout=None)


def _settle(client: Client, arguments: argparse.Namespace, output: Output) -> None:
    if not arguments.repositories:
        why = "cannot settle: name the files with conflicts"
        raise UsageError(why, hint="`autosyncctl conflicts` lists them")
    files = [sent(word) for word in arguments.repositories]
    params = [SettleParams(file=file, keep=arguments.keep) for file in files]
    results = [client.call("settle", one, SettleResult, timeout=None) for one in params]
    both = SettleResult(settled=_together(one.settled for one in results))
    if output.json:
        output.document(both)
    else:
        output.show(settled_view(both))


def _together(groups: Iterable[tuple[Item, ...]]) -> tuple[Item, ...]:
    return tuple(one for group in groups for one in group)
