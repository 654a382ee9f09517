"""Following the status of repositories, and telling when they all are in step."""

import shlex
import time
from collections.abc import Callable, Iterator

from autosyncctl.client import Client, ConnectionLostError, UnreachableError
from autosyncd.api.requests import StatusParams, SubscribeParams
from autosyncd.api.types import RepositoryStatus, Status
from autosyncd.errors import AutosyncError

PERIOD = 1.0
"""Seconds between two looks when nothing happens: ages grow, and not all facts have events."""

GATHERING = 0.1
"""Seconds in which events are gathered, so that a storm of them costs ten looks a second."""

Wait = Callable[[Client], bool]
"""Waits until something may have changed; False ends the watching."""


def statuses(
    client: Client, repositories: tuple[str, ...] | None, wait: Wait | None = None
) -> Iterator[Status]:
    """The status now, and again after whatever happens and every second."""
    client.call("subscribe", SubscribeParams(repositories=repositories), bool)
    params = StatusParams(repositories=repositories)
    going = True
    while going:
        yield client.call("status", params, Status)
        going = (wait or wait_for_events)(client)
        if client.next_event(0):
            time.sleep(GATHERING)
            client.forget_events()


def wait_for_events(client: Client) -> bool:
    """Wait until something happens, at most for a while."""
    client.await_anything(PERIOD)
    return True


def statuses_for_ever(
    client: Client,
    connect: Callable[[], Client],
    repositories: tuple[str, ...] | None,
    wait: Wait,
) -> Iterator[Status | None]:
    """As `statuses`, also across restarts of the daemon: None while it is away."""
    while True:
        try:
            with client:
                yield from statuses(client, repositories, wait)
                return
        except ConnectionLostError:
            yield None
        while (found := _reached(connect)) is None:
            if not wait(client):
                return
        client = found


def _reached(connect: Callable[[], Client]) -> Client | None:
    try:
        return connect()
    except UnreachableError:
        return None


def all_in_step(status: Status) -> bool:
    """Whether nothing is left to do; raises what keeps a repository from ever getting there."""
    for one in status.repositories:
        _check(one)
    return all(_in_step(one) for one in status.repositories)


def _in_step(one: RepositoryStatus) -> bool:
    """An idle repository has done all that its settings want: `sync: commit` never pushes."""
    return one.state == "idle" and not one.pending


def _check(one: RepositoryStatus) -> None:
    match one.state:
        case "blocked" | "failed":
            error = one.last_error
            why = one.reason or (error.message if error else "no reason is known")
            hint = error.hint if error and (error.hint or "") not in why else None
        case "paused":
            why, hint = "it is paused", f"`autosyncctl resume {shlex.quote(one.name)}`"
        case "stopped":
            why, hint = "it is stopped", None
        case _:
            return
    said = why if one.state in ("paused", "stopped") else f"{one.state}: {why}"
    raise AutosyncError(f"cannot wait for {one.name}: {said}", hint=hint)
