"""`autosyncctl events`: what happened and why."""

import argparse
import time
from collections.abc import Iterator

from autosyncctl.arguments import moment, number
from autosyncctl.client import Client
from autosyncctl.output import Output
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.view import View
from autosyncctl.views.events import event_line, name_width
from autosyncd.api.events import Event, EventsResult
from autosyncd.api.requests import EventsParams, SubscribeParams

USUAL = 50


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`events [REPO ...] [--follow] [--since WHEN] [-n N]`."""
    about = "what happened and why"
    parser = commands.add_parser("events", help=about, description=about)
    add_repositories(parser)
    parser.add_argument("--follow", action="store_true", help="go on as events happen")
    parser.add_argument(
        "--since", metavar="WHEN", type=moment, help="2h (ago), 14:05, 2025-12-31 14:05, …"
    )
    parser.add_argument(
        "-n",
        dest="limit",
        metavar="N",
        type=number,
        help=f"the newest N (usually {USUAL}, with --since all)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what happened, oldest first, and with --follow what happens."""
    output = Output(arguments)
    with connect(arguments) as client:
        if arguments.follow:
            # Subscribed first, so that nothing falls between what was and what comes.
            ask(client, arguments, lambda words: _subscribe(client, words))
        past = ask(client, arguments, lambda words: _past(client, words, arguments))
        if output.json and not arguments.follow:
            output.document(past)
            return 0
        width = name_width(past.events)
        if past.events:
            _print(past.events, output, width)
        if arguments.follow:
            for event in _following(client, past.events):
                width = max(width, name_width((event,)))
                _print((event,), output, width)
    return 0


def _subscribe(client: Client, words: tuple[str, ...] | None) -> bool:
    return client.call("subscribe", SubscribeParams(repositories=words), bool)


def _past(
    client: Client, words: tuple[str, ...] | None, arguments: argparse.Namespace
) -> EventsResult:
    limit = arguments.limit
    if limit is None and arguments.since is None:
        limit = USUAL
    params = EventsParams(repositories=words, since=arguments.since, limit=limit)
    return client.call("events", params, EventsResult)


def _following(client: Client, past: tuple[Event, ...]) -> Iterator[Event]:
    """What comes, without what came while the past was asked for."""
    seen = set(past)
    while event := client.next_event(None):
        if event not in seen:
            yield event


def _print(events: tuple[Event, ...], output: Output, width: int) -> None:
    if output.json:
        for event in events:
            output.document(event)
        return
    now = time.time()
    output.show(View(lines=tuple(event_line(one, now, name_width=width) for one in events)))
