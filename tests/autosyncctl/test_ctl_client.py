"""The client's side of a connection, with a daemon that says what it is told to say."""

import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from autosyncctl.client import Client
from autosyncd.api.codec import encode_result, to_json
from autosyncd.api.events import DaemonEvent
from autosyncd.api.requests import SyncParams
from autosyncd.errors import AutosyncError

EVENT = DaemonEvent(time=1.0, what="woke")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Client, socket.socket]]:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        with Client(tmp_path / "s") as client, listening.accept()[0] as daemon:
            yield client, daemon


def an_event() -> bytes:
    return b'{"jsonrpc":"2.0","method":"event","params":' + to_json(EVENT) + b"}\n"


def test_an_answer_behind_an_event_is_found_after_the_events(
    both: tuple[Client, socket.socket],
) -> None:
    client, daemon = both
    id_ = client.send("sync", SyncParams())
    daemon.sendall(an_event() + encode_result(id_, "done") + an_event())
    assert client.receive(id_, 30, or_event=True) is None
    assert client.next_event(0) == EVENT
    assert client.next_event(0) == EVENT  # the answer was read on the way to it
    assert client.next_event(0) is None
    answer = client.receive(id_, 30, or_event=True)
    assert answer is not None
    assert msgspec.json.decode(answer) == "done"


def test_a_refusal_behind_an_event_is_raised_after_the_events(
    both: tuple[Client, socket.socket],
) -> None:
    client, daemon = both
    id_ = client.send("sync", SyncParams())
    refusal = b'{"jsonrpc":"2.0","id":%d,"error":{"code":-32003,"message":"cannot sync"}}\n' % id_
    daemon.sendall(an_event() + refusal)
    assert client.next_event(30) == EVENT
    assert client.next_event(0) is None
    with pytest.raises(AutosyncError, match="cannot sync"):
        client.receive(id_, 30)
