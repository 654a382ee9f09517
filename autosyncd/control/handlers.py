"""Requests in, replies out: one line each; knows no sockets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from autosyncd.api import requests
from autosyncd.api.asked import asked
from autosyncd.api.codec import (
    BadRequestError,
    Code,
    Id,
    Request,
    decode_request,
    encode_error,
    encode_result,
)
from autosyncd.api.events import KINDS, DaemonEvent, Event, EventsResult, kind_of
from autosyncd.api.paths import as_meant
from autosyncd.control.served import Served
from autosyncd.errors import (
    AutosyncError,
    ConfigError,
    NoSuchRepositoryError,
    PausedError,
    UsageError,
    told,
)

log = logging.getLogger(__name__)

Params = TypeVar("Params")
Method = Callable[[Served, msgspec.Raw], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The events a subscriber asked for; None is all."""

    names: frozenset[str] | None
    kinds: frozenset[str] | None

    def includes(self, event: Event) -> bool:
        """Whether the subscriber gets this event; that some were lost is always said."""
        if isinstance(event, DaemonEvent) and event.what == "lost":
            return True
        if self.kinds is not None and kind_of(event) not in self.kinds:
            return False
        return self.names is None or event.repository in self.names


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one line, None to a notification, and what to send from now on."""

    line: bytes | None
    wanted: Wanted | None = None


class UnknownMethodError(AutosyncError):
    """A request for something that this daemon can't do."""


async def answer(served: Served, line: bytes) -> Answer:
    """Do what one line asks for; whatever is wrong with it becomes an error reply."""
    try:
        request = decode_request(line)
    except BadRequestError as error:
        return Answer(encode_error(error.id, error.code, str(error)))
    replied = await _answer(served, request)
    return Answer(None, replied.wanted) if request.id is msgspec.UNSET else replied


async def _answer(served: Served, request: Request) -> Answer:
    id_: Id = None if isinstance(request.id, msgspec.UnsetType) else request.id
    try:
        result = await _call(served, request)
        if isinstance(result, Wanted):
            return Answer(encode_result(id_, result=True), result)
        return Answer(encode_result(id_, result))
    except AutosyncError as error:
        text = _in_form(request.method, error)
        return Answer(encode_error(id_, _code(error), text, hint=error.hint))
    except asyncio.CancelledError:
        if _ending():
            raise
        text = f"cannot {asked(request.method)}: it was given up before its end"
        return Answer(encode_error(id_, Code.FAILED, text))
    except Exception:
        # A bug in what one client asked for must not end the daemon, nor the other clients.
        log.exception("cannot answer %s, this is a bug", request.method)
        text = f"cannot {asked(request.method)}: an error inside autosyncd"
        return Answer(encode_error(id_, Code.INTERNAL_ERROR, text, hint="see its log"))


def _in_form(method: str, error: AutosyncError) -> str:
    """The error as `cannot X: why`; mistakes of the configuration are lines of their own."""
    return error.message if isinstance(error, ConfigError) else told(asked(method), error.message)


def _ending() -> bool:
    """Whether it is this task that is cancelled, and not what it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _code(error: AutosyncError) -> Code:
    match error:
        case NoSuchRepositoryError():
            return Code.NO_SUCH_REPOSITORY
        case PausedError():
            return Code.PAUSED
        case UsageError():
            return Code.INVALID_PARAMS
        case UnknownMethodError():
            return Code.METHOD_NOT_FOUND
        case _:
            return Code.FAILED


async def _call(served: Served, request: Request) -> object:
    method = METHODS.get(request.method)
    if method is None:
        known = f"the methods are {', '.join(METHODS)}"
        raise UnknownMethodError(
            f"cannot do '{request.method[:50]}': there is no such method", hint=known
        )
    try:
        return await method(served, request.params)
    except _BadParamsError as error:
        raise UsageError(f"cannot {asked(request.method)}: {error}") from error


class _BadParamsError(Exception):
    pass


def _method(params: type[Params], handle: Callable[[Served, Params], Awaitable[object]]) -> Method:
    decode = msgspec.json.Decoder(params).decode

    def call(served: Served, raw: msgspec.Raw) -> Awaitable[object]:
        given = bytes(raw)
        try:
            read = decode(b"{}" if given == b"null" else given)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _BadParamsError(str(error)) from error
        return handle(served, read)

    return call


async def _status(served: Served, params: requests.StatusParams) -> object:
    return served.status(params.repositories)


async def _pause(served: Served, params: requests.PauseParams) -> object:
    return await served.pause(_chosen(params), params.for_)


async def _resume(served: Served, params: requests.ResumeParams) -> object:
    return await served.resume(_chosen(params))


async def _sync(served: Served, params: requests.SyncParams) -> object:
    return await served.sync(params.repositories, wait=params.wait)


async def _events(served: Served, params: requests.EventsParams) -> object:
    kinds = _kinds(params.kinds)
    events = await served.events(
        params.repositories, since=params.since, limit=params.limit, kinds=kinds
    )
    return EventsResult(events=events)


async def _subscribe(served: Served, params: requests.SubscribeParams) -> Wanted:
    kinds = _kinds(params.kinds)
    return Wanted(served.names(params.repositories), kinds)


def _kinds(wanted: tuple[str, ...] | None) -> frozenset[str] | None:
    """The kinds of events that are asked for; None stands for all."""
    unknown = sorted(set(wanted or ()) - set(KINDS))
    if unknown:
        known = f"the kinds are {', '.join(KINDS)}"
        raise UsageError(
            f"cannot show '{unknown[0][:50]}': there is no such kind of event", hint=known
        )
    return None if wanted is None else frozenset(wanted)


async def _conflicts(served: Served, params: requests.ConflictsParams) -> object:
    return await served.conflicts(params.repositories)


async def _compare(served: Served, params: requests.CompareParams) -> object:
    return await served.compare(as_meant(params.file))


async def _settle(served: Served, params: requests.SettleParams) -> object:
    return await served.settle(as_meant(params.file), params.keep)


async def _held(served: Served, params: requests.HeldParams) -> object:
    return served.held(params.repositories)


async def _approve(served: Served, params: requests.ApproveParams) -> object:
    return await served.approve(params.repository, [as_meant(path) for path in params.paths or ()])


async def _history(served: Served, params: requests.HistoryParams) -> object:
    if (params.repository is None) == (params.file is None):
        raise _BadParamsError("either repository or file must be given")
    file = None if params.file is None else as_meant(params.file)
    return await served.history(repository=params.repository, file=file, limit=params.limit)


async def _describe(served: Served, params: requests.DescribeParams) -> object:
    return await served.describe(params.repository, params.commit, params.message)


async def _describing(served: Served, params: requests.DescribingParams) -> object:
    served.describing(params.repository)
    return True


async def _restore(served: Served, params: requests.RestoreParams) -> object:
    output = None if params.output is None else as_meant(params.output)
    return await served.restore(as_meant(params.file), params.at, output=output)


async def _add(served: Served, params: requests.AddParams) -> object:
    return await served.add(params.path, params.remote, params.set, dry_run=params.dry_run)


async def _clone(served: Served, params: requests.CloneParams) -> object:
    return await served.clone(params.url, params.path, params.set)


async def _remove(served: Served, params: requests.RemoveParams) -> object:
    return await served.remove(params.repository)


async def _reload(served: Served, _: requests.NoParams) -> object:
    return await served.reload()


async def _doctor(served: Served, params: requests.DoctorParams) -> object:
    return await served.doctor(params.repositories)


async def _version(served: Served, _: requests.NoParams) -> object:
    return served.version()


async def _stop(served: Served, _: requests.NoParams) -> object:
    served.stop()
    return True


def _chosen(params: requests.PauseParams | requests.ResumeParams) -> tuple[str, ...] | None:
    """What `pause` and `resume` concern; all only if that was said, never by an empty list."""
    if bool(params.repositories) == params.all:
        raise _BadParamsError("either repositories or all must be given")
    return params.repositories or None


METHODS = {
    "status": _method(requests.StatusParams, _status),
    "pause": _method(requests.PauseParams, _pause),
    "resume": _method(requests.ResumeParams, _resume),
    "sync": _method(requests.SyncParams, _sync),
    "events": _method(requests.EventsParams, _events),
    "subscribe": _method(requests.SubscribeParams, _subscribe),
    "conflicts": _method(requests.ConflictsParams, _conflicts),
    "compare": _method(requests.CompareParams, _compare),
    "settle": _method(requests.SettleParams, _settle),
    "held": _method(requests.HeldParams, _held),
    "approve": _method(requests.ApproveParams, _approve),
    "history": _method(requests.HistoryParams, _history),
    "describe": _method(requests.DescribeParams, _describe),
    "describing": _method(requests.DescribingParams, _describing),
    "restore": _method(requests.RestoreParams, _restore),
    "add": _method(requests.AddParams, _add),
    "clone": _method(requests.CloneParams, _clone),
    "remove": _method(requests.RemoveParams, _remove),
    "reload": _method(requests.NoParams, _reload),
    "doctor": _method(requests.DoctorParams, _doctor),
    "version": _method(requests.NoParams, _version),
    "stop": _method(requests.NoParams, _stop),
}
