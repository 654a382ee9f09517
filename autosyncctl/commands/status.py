"""`autosyncctl status`: what each repository is doing."""

import argparse
import time
from collections.abc import Iterator

import msgspec

from autosyncctl.client import Client
from autosyncctl.output import Output
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.views.status import status_view
from autosyncctl.watching import all_in_step, statuses
from autosyncd.api.requests import StatusParams
from autosyncd.api.types import Status


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`status [REPO ...] [--watch] [--wait]`."""
    about = "what each repository is doing"
    parser = commands.add_parser("status", help=about, description=about)
    add_repositories(parser)
    parser.add_argument("--watch", action="store_true", help="show it until interrupted")
    parser.add_argument("--wait", action="store_true", help="return when all is in step")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the status once, as long as it is watched, or until all is in step."""
    output = Output(arguments)
    with connect(arguments) as client:
        if not (arguments.watch or arguments.wait):
            return _once(client, arguments, output)
        status = ask(client, arguments, lambda words: _status(client, words))
        names = tuple(one.name for one in status.repositories) if arguments.repositories else None
        seen = statuses(client, names)
        if arguments.wait:
            seen = _until_in_step(seen)
        if output.terminal:
            _show_live(seen, output)
        elif arguments.watch:
            _show_changes(seen, output)
        else:
            _show_last(seen, output)
    return 0


def _once(client: Client, arguments: argparse.Namespace, output: Output) -> int:
    def request(words: tuple[str, ...] | None) -> msgspec.Raw:
        return client.call("status", StatusParams(repositories=words), msgspec.Raw)

    raw = ask(client, arguments, request)
    if output.json:
        output.document(raw)
    else:
        output.show(status_view(client.read(raw, Status), time.time()))
    return 0


def _status(client: Client, words: tuple[str, ...] | None) -> Status:
    return client.call("status", StatusParams(repositories=words), Status)


def _until_in_step(seen: Iterator[Status]) -> Iterator[Status]:
    for status in seen:
        yield status
        if all_in_step(status):
            return


def _show_live(seen: Iterator[Status], output: Output) -> None:
    with output.live() as show:
        for status in seen:
            show(status_view(status, time.time(), screen=output.screen))


def _show_changes(seen: Iterator[Status], output: Output) -> None:
    """Into a pipe: again only when a repository has changed, not when time has passed."""
    before = None
    for status in seen:
        if status.repositories != before:
            _show(status, output)
        before = status.repositories


def _show_last(seen: Iterator[Status], output: Output) -> None:
    *_, last = seen
    _show(last, output)


def _show(status: Status, output: Output) -> None:
    if output.json:
        output.document(status)
    else:
        output.show(status_view(status, time.time()))
