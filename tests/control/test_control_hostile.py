"""Clients that mean harm, or are broken: the daemon and the others go on."""

import asyncio
import gc
import logging
import os
import socket as net
import tracemalloc
from pathlib import Path

import pytest

from autosyncd.api.codec import LINE_LIMIT
from autosyncd.api.events import DaemonEvent
from autosyncd.control.connection import Limits
from autosyncd.control.server import ControlServer
from tests.control.fake_served import FakeServed, a_repository
from tests.control.line_client import LineClient
from tests.waiting import until

MIB = 1 << 20


def of_length(length: int) -> bytes:
    """A valid request that is a line of so many bytes with its end."""
    head = b'{"jsonrpc":"2.0","id":1,"method":"version"'
    return head + b" " * (length - len(head) - 2) + b"}"


async def test_a_request_of_1_mib_is_answered(client: LineClient) -> None:
    client.send(of_length(LINE_LIMIT))
    assert (await client.read())["result"]


async def test_a_longer_one_is_refused_and_the_client_disconnected(client: LineClient) -> None:
    client.send(of_length(LINE_LIMIT + 1))
    reply = await client.read()
    assert reply["error"]["code"] == -32600
    assert str(LINE_LIMIT) in reply["error"]["message"]
    assert await client.read() == {}


async def test_an_endless_line_costs_no_memory(path: Path, server: ControlServer) -> None:
    tracemalloc.start()
    answer = await asyncio.to_thread(_send_without_end, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert b"-32600" in answer
    assert peak < 8 * MIB


def _send_without_end(path: Path) -> bytes:
    """Write until nobody takes it any more, then read."""
    with net.socket(net.AF_UNIX) as client:
        client.connect(str(path))
        try:
            while True:
                client.sendall(b"x" * 65536)
        except ConnectionError:
            return client.recv(9999)


async def _flood(client: LineClient, data: bytes) -> None:
    try:
        while True:
            client.writer.write(data)
            await client.writer.drain()
    except ConnectionError:
        pass


async def test_garbage_is_answered_and_the_next_request_too(client: LineClient) -> None:
    for garbage in (b"", b"GET / HTTP/1.1", os.urandom(300).replace(b"\n", b""), b"[" * 9999):
        client.send(garbage)
        assert "error" in await client.read()
    assert (await client.ask("version"))["result"]


async def test_a_request_in_single_bytes_is_answered_and_holds_nobody_up(
    client: LineClient, path: Path
) -> None:
    for byte in b'{"jsonrpc":"2.0","id":"slow","method":"version"}\n':
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        if byte == ord(","):
            async with await LineClient.connect(path) as other:
                assert (await other.ask("version"))["result"]
    assert (await client.read())["id"] == "slow"


class TestWithLittlePatience:
    """The limits are small, so that they are reached soon."""

    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(connections=4, requests=2, patience=0.3)

    async def test_a_client_that_asks_and_never_reads_is_disconnected(
        self, server: ControlServer, path: Path, served: FakeServed
    ) -> None:
        served.repositories = {f"r{n}": a_repository(f"r{n}") for n in range(2000)}
        async with await LineClient.connect(path) as deaf:
            deaf.writer.transport.pause_reading()  # type: ignore[attr-defined] # on _SelectorTransport
            flood = asyncio.get_running_loop().create_task(
                _flood(deaf, b'{"jsonrpc":"2.0","id":1,"method":"status"}\n')
            )
            await until(lambda: bool(server._tasks))
            async with await LineClient.connect(path) as other:
                assert (await other.ask("version"))["result"]
            await until(lambda: not server._tasks)
            await flood
        assert len(served.asked) < 50

    async def test_a_subscriber_that_never_reads_is_disconnected(
        self, server: ControlServer, path: Path, served: FakeServed
    ) -> None:
        async with await LineClient.connect(path) as deaf:
            assert (await deaf.ask("subscribe"))["result"] is True
            deaf.writer.transport.pause_reading()  # type: ignore[attr-defined] # on _SelectorTransport
            for _ in range(3):
                for _ in range(900):
                    served.bus.publish(DaemonEvent(time=1.0, what="x" * 500))
                await asyncio.sleep(0)
            await until(lambda: not server._tasks)
        assert not served.bus._subscriptions

    async def test_more_requests_than_the_limit_wait_unread(
        self, client: LineClient, served: FakeServed
    ) -> None:
        served.may_sync.clear()
        for number in range(5):
            client.request("sync", id_=number)
        await until(lambda: len(served.asked) == 2)
        served.may_sync.set()
        assert {(await client.read())["id"] for _ in range(5)} == {0, 1, 2, 3, 4}

    async def test_idle_clients_make_room_for_new_ones(
        self, server: ControlServer, path: Path
    ) -> None:
        idle = [await LineClient.connect(path) for _ in range(4)]
        for client in idle:
            await client.ask("version")
        async with await LineClient.connect(path) as newcomer:
            assert (await newcomer.ask("version"))["result"]
            assert await idle[0].read() == {}
            assert (await idle[3].ask("version"))["result"]
        for client in idle:
            client.writer.close()

    async def test_clients_that_wait_for_something_are_never_dropped_for_others(
        self, server: ControlServer, path: Path, served: FakeServed
    ) -> None:
        busy = [await LineClient.connect(path) for _ in range(4)]
        for client in busy:
            await client.ask("subscribe")
        async with await LineClient.connect(path) as newcomer:
            assert "4 clients" in (await newcomer.read())["error"]["message"]
            assert await newcomer.read() == {}
        served.bus.publish(DaemonEvent(time=1.0, what="hello"))
        for client in busy:
            assert (await client.read())["params"]["what"] == "hello"
            client.writer.close()

    async def test_room_comes_back_when_clients_go(self, server: ControlServer, path: Path) -> None:
        for _ in range(20):
            async with await LineClient.connect(path) as client:
                assert (await client.ask("subscribe"))["result"] is True
            await until(lambda: not server._tasks)


async def test_a_storm_of_clients_leaks_no_descriptor(
    server: ControlServer, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    with caplog.at_level(logging.WARNING):
        for number in range(100):
            async with await LineClient.connect(path) as client:
                client.send((b"", b"x", of_length(100))[number % 3])
        await until(lambda: not server._tasks)
    await until(lambda: len(os.listdir("/proc/self/fd")) <= before)
    assert not caplog.records
