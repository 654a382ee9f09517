"""Following the status of repositories, and telling when they all are in step."""

import time
from collections.abc import Callable, Iterator

from autosyncctl.client import Client, ConnectionLostError, UnreachableError
from autosyncctl.words import clean, count, one_line
from autosyncd.api.operands import operands
from autosyncd.api.requests import StatusParams, SubscribeParams
from autosyncd.api.types import RepositoryStatus, Status
from autosyncd.errors import AutosyncError

PERIOD = 1.0
"""Seconds between two looks when nothing happens: ages grow, and not all facts have events."""

GATHERING = 0.1
"""Seconds in which events are gathered, so that a storm of them costs ten looks a second."""

NAMED = 3
"""Repositories that a message names."""

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


def waiting_until(deadline: float) -> Wait:
    """As `wait_for_events`, but no longer than that, by the clock of `time.monotonic`."""

    def wait(client: Client) -> bool:
        client.await_anything(min(PERIOD, max(0.0, deadline - time.monotonic())))
        return True

    return wait


def until_in_step(seen: Iterator[Status], deadline: float | None) -> Iterator[Status]:
    """What is seen until all is in step; raises what keeps it from that, or that it took too
    long."""
    for status in seen:
        yield status
        if all_in_step(status):
            return
        if deadline is not None and time.monotonic() >= deadline:
            raise _late(status)


def _late(status: Status) -> AutosyncError:
    busy = [one for one in status.repositories if not _in_step(one)]
    doing = [f"{clean(one.name)} is {_doing(one)}" for one in busy[:NAMED]]
    more = [f"{len(busy) - NAMED} more are not in step"] if len(busy) > NAMED else []
    hint = "`autosyncctl status` shows how it goes on"
    return AutosyncError(f"cannot wait any longer: {', '.join([*doing, *more])}", hint=hint)


def _doing(one: RepositoryStatus) -> str:
    if one.state == "idle":
        return f"idle with {count(one.pending, 'change')} to commit"
    reason = one.reason or (one.last_error.message if one.last_error else None)
    why = f" ({one_line(reason)})" if reason and one.state == "offline" else ""
    return f"{one.state}{f' {one.step}' if one.step else ''}{why}"


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
            why, hint = "it is paused", f"`autosyncctl resume {operands(one.name)}`"
        case "stopped":
            why, hint = "it is stopped", None
        case _:
            return
    said = why if one.state in ("paused", "stopped") else f"{one.state}: {why}"
    raise AutosyncError(f"cannot wait for {one.name}: {said}", hint=hint)
