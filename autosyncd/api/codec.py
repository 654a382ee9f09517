"""JSON-RPC 2.0, one object per line (https://www.jsonrpc.org/specification)."""

from enum import IntEnum
from typing import Any

import msgspec

from autosyncd.api.events import Event
from autosyncd.api.paths import as_answered

LINE_LIMIT = 1 << 20
"""The longest request in bytes, its newline included."""

Id = str | int | float | None

NULL = msgspec.Raw(b"null")


class Code(IntEnum):
    """Error codes: JSON-RPC's own, and ours."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NO_SUCH_REPOSITORY = -32001
    PAUSED = -32002
    FAILED = -32003


class ErrorData(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with an error: what to do about it."""

    hint: str | None = None


class RpcError(msgspec.Struct, frozen=True, kw_only=True):
    """The `error` of a reply."""

    code: int
    message: str
    data: ErrorData | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One valid request; without `id` it is a notification and gets no reply."""

    method: str
    params: msgspec.Raw = NULL
    id: Id | msgspec.UnsetType = msgspec.UNSET


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One reply as a client reads it."""

    id: Id = None
    result: msgspec.Raw = NULL
    error: RpcError | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may read: a reply, or (with `method`) a notification."""

    method: str | None = None
    params: msgspec.Raw = NULL
    id: Id = None
    result: msgspec.Raw = NULL
    error: RpcError | None = None


class BadRequestError(Exception):
    """A line that is no valid request; `id` is the request's where it could be read."""

    def __init__(self, code: Code, message: str, id_: Id = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id_


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    jsonrpc: Any = None
    method: Any = None
    params: msgspec.Raw = NULL
    id: Any = msgspec.UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_incoming = msgspec.json.Decoder(Incoming).decode
_decode_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encode_clean = msgspec.json.Encoder().encode


def decode_request(line: bytes) -> Request:
    """Read one request; raises BadRequestError."""
    try:
        seen = _decode_envelope(line)
    except msgspec.ValidationError as error:
        raise BadRequestError(Code.INVALID_REQUEST, f"not a request object: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequestError(Code.PARSE_ERROR, f"not JSON: {error}") from error
    id_ = seen.id
    if id_ is not msgspec.UNSET and not _valid_id(id_):
        raise BadRequestError(Code.INVALID_REQUEST, "id must be a string, a number or null")
    known: Id = None if id_ is msgspec.UNSET else id_
    if seen.jsonrpc != "2.0":
        raise BadRequestError(Code.INVALID_REQUEST, 'jsonrpc must be "2.0"', known)
    if not isinstance(seen.method, str):
        raise BadRequestError(Code.INVALID_REQUEST, "method must be a string", known)
    return Request(method=seen.method, params=seen.params, id=id_)


def _valid_id(value: object) -> bool:
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))


def encode_result(id_: Id, result: object) -> bytes:
    """A successful reply, as one line."""
    return _encode({"jsonrpc": "2.0", "id": id_, "result": result}) + b"\n"


def encode_error(id_: Id, code: int, message: str, *, hint: str | None = None) -> bytes:
    """A reply that says what went wrong, as one line."""
    error = RpcError(code=code, message=message, data=ErrorData(hint=hint) if hint else None)
    body = {"code": error.code, "message": error.message}
    if error.data:
        body["data"] = error.data
    return _encode({"jsonrpc": "2.0", "id": id_, "error": body}) + b"\n"


def encode_request(id_: Id, method: str, params: object) -> bytes:
    """A request, as one line."""
    return _encode({"jsonrpc": "2.0", "id": id_, "method": method, "params": params}) + b"\n"


def encode_event(event: Event) -> bytes:
    """The notification that brings a subscriber an event, as one line."""
    return _encode({"jsonrpc": "2.0", "method": "event", "params": event}) + b"\n"


def decode_incoming(line: bytes) -> Incoming:
    """Read what the daemon sent; raises msgspec.DecodeError."""
    return _decode_incoming(line)


def decode_event(raw: msgspec.Raw | bytes) -> Event:
    """Read one event; raises msgspec.DecodeError."""
    return _decode_event.decode(raw)


def to_json(value: object) -> bytes:
    """Any of our types as one JSON document."""
    return _encode(value)


def _encode(value: object) -> bytes:
    """JSON is UTF-8: in a file name that is not, the odd bytes become U+FFFD."""
    try:
        return _encode_clean(value)
    except UnicodeEncodeError:
        return _encode_clean(_replaced(msgspec.to_builtins(value)))


def _replaced(value: object) -> object:
    match value:
        case str():
            return as_answered(value)
        case dict():
            return {_replaced(key): _replaced(item) for key, item in value.items()}
        case list() | tuple():
            return [_replaced(item) for item in value]
        case _:
            return value
