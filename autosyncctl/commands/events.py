"""`autosyncctl events`: what happened and why."""

import argparse
import time
from collections import deque
from collections.abc import Callable, Iterator

from autosyncctl.arguments import event_kinds, moment, number
from autosyncctl.client import Client, ConnectionLostError, UnreachableError
from autosyncctl.output import Output, complain
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.view import Cell, Line, Tone, View
from autosyncctl.views.events import event_line, name_width, sentence_column
from autosyncd.api.events import Event, EventsResult, Problem, is_detail
from autosyncd.api.requests import EventsParams, SubscribeParams
from autosyncd.errors import AutosyncError

USUAL = 50

NONE = View(lines=((Cell("no such events", Tone.FAINT),),))

REMEMBERED = 1000
"""Events just printed that are not printed again."""

RETRY = 1.0
"""Seconds between two tries to reach a daemon that has gone."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`events [REPO ...] [--follow] [--since WHEN] [-n N] [--kind KIND,...] [--detail]`."""
    about = "what happened and why"
    parser = commands.add_parser("events", help=about, description=about)
    add_repositories(parser)
    parser.add_argument("--follow", action="store_true", help="go on as events happen")
    parser.add_argument(
        "--since", metavar="WHEN", type=moment, help="'2h ago', yesterday, 14:05, 2025-12-31, …"
    )
    parser.add_argument(
        "-n",
        dest="limit",
        metavar="N",
        type=number,
        help=f"the newest N (usually {USUAL}, with --since all)",
    )
    parser.add_argument(
        "--kind",
        metavar="KIND,...",
        type=event_kinds,
        action="extend",
        help="only these kinds: committed, pushed, integrated, conflict, held, problem, solved, …",
    )
    parser.add_argument(
        "--detail", action="store_true", help="with --follow: also each step on the way"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what happened, oldest first, and with --follow what happens."""
    output = Output(arguments)
    client = connect(arguments)
    if arguments.follow:
        return _follow(client, arguments, output)
    with client:
        past = ask(client, arguments, lambda words: _past(client, words, arguments))
    if output.json:
        output.document(past)
    else:
        _print(past.events, output, name_width(past.events), {})
        if not past.events and arguments.limit != 0:
            output.show(NONE)
    return 0


def _past(
    client: Client, words: tuple[str, ...] | None, arguments: argparse.Namespace
) -> EventsResult:
    limit = arguments.limit
    if limit is None and arguments.since is None:
        limit = USUAL
    params = EventsParams(
        repositories=words, since=arguments.since, limit=limit, kinds=_kinds(arguments)
    )
    return client.call("events", params, EventsResult)


def _kinds(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    return tuple(arguments.kind) if arguments.kind else None


def _follow(client: Client, arguments: argparse.Namespace, output: Output) -> int:
    """Print until interrupted; a daemon that restarts is followed on from where it went."""
    width = 0
    problems: dict[str | None, str] = {}
    printed: deque[Event] = deque(maxlen=REMEMBERED)
    while True:
        try:
            for events in _following(client, arguments):
                new = tuple(event for event in events if event not in printed)
                width = max(width, name_width(new))
                _print(new, output, width, problems)
                printed.extend(new)
        except ConnectionLostError:
            complain(AutosyncError("autosyncd does not run any more", hint="waiting for it"))
        client = _reached(lambda: connect(arguments))
        if printed:
            arguments.since, arguments.limit = printed[-1].time, None


def _reached(connect: Callable[[], Client]) -> Client:
    while True:
        try:
            return connect()
        except UnreachableError:
            time.sleep(RETRY)


def _following(client: Client, arguments: argparse.Namespace) -> Iterator[tuple[Event, ...]]:
    """What was, and then what comes; subscribed first, so that nothing falls in between."""
    with client:
        ask(client, arguments, lambda words: _subscribe(client, words, arguments))
        yield ask(client, arguments, lambda words: _past(client, words, arguments)).events
        while event := client.next_event(None):
            if arguments.detail or not is_detail(event):
                yield (event,)


def _subscribe(
    client: Client, words: tuple[str, ...] | None, arguments: argparse.Namespace
) -> bool:
    params = SubscribeParams(repositories=words, kinds=_kinds(arguments))
    return client.call("subscribe", params, bool)


def _print(
    events: tuple[Event, ...], output: Output, width: int, problems: dict[str | None, str]
) -> None:
    """`problems` are the last ones told, by their repositories."""
    if output.json:
        for event in events:
            output.document(event)
    elif events:
        lines = tuple(_lines(events, width, problems))
        output.show(View(lines=lines, hang=sentence_column(lines)))


def _lines(
    events: tuple[Event, ...], width: int, problems: dict[str | None, str]
) -> Iterator[Line]:
    now = time.time()
    for event in events:
        told = problems.get(event.repository)
        yield event_line(event, now, name_width=width, told=told)
        if isinstance(event, Problem):
            problems[event.repository] = event.message
