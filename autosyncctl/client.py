"""The daemon's control socket as a program without an event loop uses it."""

import errno
import os
import select
import socket as net
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from autosyncd.api.asked import asked
from autosyncd.api.codec import (
    Code,
    Incoming,
    RpcError,
    decode_event,
    decode_incoming,
    encode_request,
)
from autosyncd.api.events import Event
from autosyncd.api.locate import SOCKET_PATH_LIMIT
from autosyncd.errors import (
    AutosyncError,
    NoSuchRepositoryError,
    PausedError,
    RepositoryFailedError,
    UsageError,
)

OTHER_VERSION = "this autosyncd is of another version; restart it"

ANSWER_LIMIT = 30.0
"""Seconds within which a daemon that lives answers whatever needs no network."""

Result = TypeVar("Result")

_ERRORS: dict[int, type[AutosyncError]] = {
    Code.NO_SUCH_REPOSITORY: NoSuchRepositoryError,
    Code.PAUSED: PausedError,
    Code.FAILED: RepositoryFailedError,
    Code.INVALID_PARAMS: UsageError,
}


class UnreachableError(AutosyncError):
    """No daemon answers at the socket."""


class ConnectionLostError(AutosyncError):
    """The daemon ended the connection."""


class Client:
    """One connection; requests one at a time, events whenever they come."""

    def __init__(self, path: Path) -> None:
        """Connect; raises UnreachableError, and UsageError for a path that no socket can have."""
        self._socket = _connect(path)
        self._received = bytearray()
        self._searched = 0
        self._last_id = 0
        self._events: deque[Event] = deque()
        self._answers: deque[Incoming] = deque()
        """Those that came while events were read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def call(
        self,
        method: str,
        params: object,
        result: type[Result],
        *,
        timeout: float | None = ANSWER_LIMIT,
    ) -> Result:
        """Ask, wait, and return the answer; raises what the daemon raised."""
        id_ = self.send(method, params)
        answer = self.receive(id_, timeout)
        if answer is None:
            why = f"autosyncd has not answered for {timeout:g} s"
            raise AutosyncError(f"cannot {asked(method)}: {why}", hint="its log may say why")
        return self.read(answer, result)

    def send(self, method: str, params: object) -> int:
        """Ask without waiting; `receive` returns the answer to this id."""
        self._last_id += 1
        try:
            self._socket.settimeout(ANSWER_LIMIT)
            self._socket.sendall(encode_request(self._last_id, method, params))
        except OSError:
            # Whoever turned us away has said why, and `receive` finds it.
            pass
        return self._last_id

    def receive(
        self, id_: int, timeout: float | None, *, or_event: bool = False
    ) -> msgspec.Raw | None:
        """The answer to a request; None if it has not come within `timeout` seconds.

        With `or_event`, None also as soon as an event came. Raises what the daemon raised.
        """
        deadline = _deadline(timeout)
        while (message := self._answer_or_message(deadline)) is not None:
            if message.error and message.id in (id_, None):
                raise _raised(message.error)
            if message.method is None and message.id == id_:
                return message.result
            self._keep_event(message)
            if or_event:
                return None
        return None

    def next_event(self, timeout: float | None) -> Event | None:
        """The oldest event not yet returned, None if there is none within `timeout` seconds."""
        deadline = _deadline(timeout)
        while not self._events:
            message = self._message(deadline)
            if message is None:
                return None
            if message.method is None:
                self._answers.append(message)
            self._keep_event(message)
        return self._events.popleft()

    def await_anything(self, timeout: float, *others: int) -> frozenset[int]:
        """Wait until there is something to read here or at other descriptors; those of them.

        Once the connection is closed, only for the others."""
        if self._events or self._received.find(b"\n", self._searched) >= 0:
            return frozenset()
        ours = (self._socket.fileno(),) if self._socket.fileno() >= 0 else ()
        ready, _, _ = select.select((*ours, *others), (), (), timeout)
        return frozenset(ready) - frozenset(ours)

    def forget_events(self) -> None:
        """Leave out the events that have arrived already."""
        self._events.clear()

    def closes(self, timeout: float) -> bool:
        """Wait until the daemon closes the connection; False if it has not by then."""
        deadline = _deadline(timeout)
        try:
            while self._message(deadline) is not None:
                pass
        except ConnectionLostError:
            return True
        return False

    @staticmethod
    def read(raw: msgspec.Raw, result: type[Result]) -> Result:
        """An answer as the type that it must be."""
        try:
            return msgspec.json.decode(raw, type=result)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _not_understood(error) from error

    def _keep_event(self, message: Incoming) -> None:
        if message.method != "event":
            return
        try:
            self._events.append(decode_event(message.params))
        except msgspec.ValidationError:
            # A kind of event that only a newer daemon knows.
            pass

    def _answer_or_message(self, deadline: float | None) -> Incoming | None:
        return self._answers.popleft() if self._answers else self._message(deadline)

    def _message(self, deadline: float | None) -> Incoming | None:
        line = self._line(deadline)
        try:
            return None if line is None else decode_incoming(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _not_understood(error) from error

    def _line(self, deadline: float | None) -> bytes | None:
        while (end := self._received.find(b"\n", self._searched)) < 0:
            self._searched = len(self._received)
            data = self._data(deadline)
            if data is None:
                return None
            self._received += data
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._searched = 0
        return line

    def _data(self, deadline: float | None) -> bytes | None:
        # A timeout of 0 would mean not to wait at all, and to raise another error.
        remaining = None if deadline is None else max(1e-3, deadline - time.monotonic())
        self._socket.settimeout(remaining)
        try:
            data = self._socket.recv(1 << 18)
        except TimeoutError:
            return None
        except OSError:
            data = b""
        if not data:
            why = "autosyncd closed the connection"
            raise ConnectionLostError(f"cannot go on: {why}", hint="is it still running?")
        return data


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _connect(path: Path) -> net.socket:
    if len(os.fsencode(path)) > SOCKET_PATH_LIMIT:
        why = f"the socket's path may have {SOCKET_PATH_LIMIT} bytes: {path}"
        raise UsageError(f"cannot reach autosyncd: {why}", hint="choose a shorter one by --socket")
    connection = net.socket(net.AF_UNIX, net.SOCK_STREAM)
    connection.settimeout(ANSWER_LIMIT)
    try:
        connection.connect(os.fspath(path))
    except OSError as error:
        connection.close()
        raise _unreachable(path, error) from error
    return connection


def _unreachable(path: Path, error: OSError) -> UnreachableError:
    if error.errno in (errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR):
        from autosyncctl.starting import how_to_start

        why = f"nothing answers at {path}"
        hint = f"start it: {how_to_start(os.environ, path, uid=os.getuid())}"
    else:
        why = f"{path}: {error.strerror or error}"
        hint = "it must be the socket of your own autosyncd"
    return UnreachableError(f"cannot reach autosyncd: {why}", hint=hint)


def _raised(error: RpcError) -> AutosyncError:
    hint = error.data.hint if error.data else None
    unknown = error.code == Code.INVALID_PARAMS and "unknown field" in error.message
    if unknown or error.code == Code.METHOD_NOT_FOUND:
        return AutosyncError(error.message, hint=OTHER_VERSION)
    return _ERRORS.get(error.code, AutosyncError)(error.message, hint=hint)


def _not_understood(error: Exception) -> AutosyncError:
    hint = "`autosyncctl version` shows whether they are of one version; if not, restart autosyncd"
    return AutosyncError(f"cannot understand autosyncd's answer: {error}", hint=hint)
