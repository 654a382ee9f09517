"""`autosyncctl status`: what each repository is doing."""

import argparse
import time

import msgspec

from autosyncctl.arguments import duration
from autosyncctl.client import Client
from autosyncctl.output import Output, complain
from autosyncctl.session import add_repositories, ask, connect, reconnect
from autosyncctl.view import Cell, Screen, Tone, View
from autosyncctl.views.status import status_view
from autosyncctl.watching import (
    PERIOD,
    statuses,
    statuses_for_ever,
    until_in_step,
    wait_for_events,
    waiting_until,
)
from autosyncd.api.requests import StatusParams
from autosyncd.api.types import Status
from autosyncd.errors import AutosyncError, UsageError

GONE = "autosyncd does not run any more"
WAITED_FOR = "waiting until it is back"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`status [REPO ...] [--all] [--watch] [--wait [--timeout DURATION]]`."""
    about = "what each repository is doing"
    parser = commands.add_parser("status", help=about, description=about)
    add_repositories(parser)
    parser.add_argument(
        "--all", action="store_true", help="all rows, also if there are more than fit the terminal"
    )
    parser.add_argument("--watch", action="store_true", help="show it until interrupted (or q)")
    parser.add_argument("--wait", action="store_true", help="return when all is in step")
    parser.add_argument(
        "--timeout",
        metavar="DURATION",
        type=duration,
        help="with --wait: give up after 90s, 5m, 2h, … (usually never)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the status once, as long as it is watched, or until all is in step."""
    if arguments.timeout and not arguments.wait:
        raise UsageError(
            "cannot show the status: --timeout needs --wait",
            hint="see `autosyncctl status --help`",
        )
    output = Output(arguments)
    client = connect(arguments)
    if not (arguments.watch or arguments.wait):
        with client:
            return _once(client, arguments, output)
    status = ask(client, arguments, lambda words: _status(client, words))
    names = tuple(one.name for one in status.repositories) if arguments.repositories else None
    if arguments.wait:
        with client:
            _wait(client, names, arguments, output)
    elif output.terminal:
        _watch_screen(client, names, arguments, output)
    else:
        _watch_pipe(client, names, arguments, output)
    return 0


def _once(client: Client, arguments: argparse.Namespace, output: Output) -> int:
    def request(words: tuple[str, ...] | None) -> msgspec.Raw:
        return client.call("status", StatusParams(repositories=words), msgspec.Raw)

    raw = ask(client, arguments, request)
    if output.json:
        output.document(raw)
    else:
        status = client.read(raw, Status)
        output.show(status_view(status, time.time(), screen=_screen(arguments, output)))
    return 0


def _status(client: Client, words: tuple[str, ...] | None) -> Status:
    return client.call("status", StatusParams(repositories=words), Status)


def _screen(arguments: argparse.Namespace, output: Output) -> Screen | None:
    """How much may be shown: what fits, unless all was asked for."""
    screen = output.screen
    if screen and arguments.all:
        return Screen(screen.width, 1_000_000)
    return screen


def _wait(
    client: Client,
    names: tuple[str, ...] | None,
    arguments: argparse.Namespace,
    output: Output,
) -> None:
    """On a terminal with the table in sight as long as something is not in step."""
    deadline = time.monotonic() + arguments.timeout if arguments.timeout else None
    wait = None if deadline is None else waiting_until(deadline)
    seen = until_in_step(statuses(client, names, wait), deadline)
    if output.terminal:
        with output.live() as show:
            for status in seen:
                show(status_view(status, time.time(), screen=_screen(arguments, output)))
    else:
        *_, status = seen
    _show(status, arguments, output)


def _watch_screen(
    client: Client,
    names: tuple[str, ...] | None,
    arguments: argparse.Namespace,
    output: Output,
) -> None:
    """Fill the terminal, and leave the last picture where the prompt comes back."""
    from autosyncctl.fullscreen import full_screen

    last: Status | None = None
    try:
        with full_screen(output) as screen:

            def wait(client: Client) -> bool:
                return not screen.quits(client.await_anything(PERIOD, *screen.wakers))

            for status in statuses_for_ever(client, lambda: reconnect(arguments), names, wait):
                last = status or last
                screen.show(_picture(status, last, output))
    finally:
        if last:
            _show(last, arguments, output)


def _picture(status: Status | None, last: Status | None, output: Output) -> View:
    if status is None:
        gone = (Cell(f"{GONE}; {WAITED_FOR}", Tone.BAD),)
        before = status_view(last, time.time(), screen=output.screen) if last else View()
        return View(before.columns, before.rows, (gone, *before.lines))
    return status_view(status, time.time(), screen=output.screen)


def _watch_pipe(
    client: Client,
    names: tuple[str, ...] | None,
    arguments: argparse.Namespace,
    output: Output,
) -> None:
    """Into a pipe: again only when a repository has changed, not when time has passed."""
    before = None
    for status in statuses_for_ever(client, lambda: reconnect(arguments), names, wait_for_events):
        if status is None:
            complain(AutosyncError(GONE, hint=WAITED_FOR))
        elif status.repositories != before:
            before = status.repositories
            _show(status, arguments, output)


def _show(status: Status, arguments: argparse.Namespace, output: Output) -> None:
    if output.json:
        output.document(status)
    else:
        output.show(status_view(status, time.time(), screen=_screen(arguments, output)))
