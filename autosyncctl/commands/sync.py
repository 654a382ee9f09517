"""`autosyncctl sync`: commit, pull and push now."""

import argparse
import time
from collections.abc import Callable, Iterable

import msgspec

from autosyncctl import naming
from autosyncctl.client import Client
from autosyncctl.output import Output, complain
from autosyncctl.session import add_repositories, ask, connect
from autosyncctl.views.outcomes import doing_of, progress_view, sync_view
from autosyncd.api.events import Event, StateChanged
from autosyncd.api.requests import StatusParams, SubscribeParams, SyncParams
from autosyncd.api.types import RepositoryStatus, Status, SyncResult
from autosyncd.errors import RepositoryFailedError, because

PERIOD = 0.5
"""Seconds after which the progress is looked at again even if no event came."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`sync [REPO ...] [--no-wait]`."""
    about = "commit, pull and push now"
    parser = commands.add_parser("sync", help=about, description=about)
    add_repositories(parser)
    parser.add_argument("--no-wait", action="store_true", help="ask for it and return at once")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Sync; errors of repositories go to stderr, and make the exit code 1."""
    output = Output(arguments)
    with connect(arguments) as client:
        if output.terminal and not arguments.no_wait:
            result = _with_progress(client, arguments, output)
        else:
            result = _at_once(client, arguments)
    if output.json:
        output.document(result)
    else:
        output.show(sync_view(result, waited=not arguments.no_wait))
    failed = [one for one in result.repositories if not one.ok]
    for one in failed:
        why = because(one.error or "no reason is known")
        complain(RepositoryFailedError(f"cannot sync {one.name}: {why}"))
    return 1 if failed else 0


def _at_once(client: Client, arguments: argparse.Namespace) -> SyncResult:
    def request(words: tuple[str, ...] | None) -> SyncResult:
        params = SyncParams(repositories=words, wait=not arguments.no_wait)
        return client.call("sync", params, SyncResult, timeout=None)

    return ask(client, arguments, request)


def _with_progress(client: Client, arguments: argparse.Namespace, output: Output) -> SyncResult:
    before = naming.find_all(client, arguments.repositories, "sync").repositories
    names = tuple(one.name for one in before) if arguments.repositories else None
    client.call("subscribe", SubscribeParams(repositories=names, kinds=("state",)), bool)
    asked = client.send("sync", SyncParams(repositories=names))
    with connect(arguments) as other:
        answer = _follow(client, asked, before, output, lambda: status_of(other, names))
    return client.read(answer, SyncResult)


def status_of(client: Client, names: tuple[str, ...] | None) -> tuple[RepositoryStatus, ...]:
    """What they are doing, with how far a transfer is."""
    return client.call("status", StatusParams(repositories=names), Status).repositories


def _follow(
    client: Client,
    asked: int,
    before: Iterable[RepositoryStatus],
    output: Output,
    look: Callable[[], Iterable[RepositoryStatus]],
) -> msgspec.Raw:
    """Show who is still busy until the answer is there; `look` asks by another connection."""
    doing = {one.name: doing_of(one) for one in before if one.state != "paused"}
    due = time.monotonic() + PERIOD
    with output.live() as show:
        while (answer := client.receive(asked, PERIOD, or_event=True)) is None:
            while event := client.next_event(0):
                _note(event, doing)
            if time.monotonic() >= due:
                doing |= {one.name: doing_of(one) for one in look() if one.name in doing}
                due = time.monotonic() + PERIOD
            show(progress_view({name: what for name, what in doing.items() if what}))
    return answer


def _note(event: Event, doing: dict[str, str | None]) -> None:
    if isinstance(event, StateChanged) and event.repository:
        doing[event.repository] = doing_of(event)
