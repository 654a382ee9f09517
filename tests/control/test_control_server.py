"""Real clients at the real socket."""

import asyncio
import gc
import os
import signal
import socket as net
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, DaemonEvent, StateChanged
from autosyncd.control.peer import may_connect
from autosyncd.control.server import ControlServer
from tests.control.conftest import running
from tests.control.fake_served import FakeServed
from tests.control.line_client import LineClient
from tests.waiting import until

NOBODY = 65534


def a_commit(repository: str, subject: str = "s") -> Committed:
    return Committed(time=1.0, repository=repository, commit="1", subject=subject, files=1)


async def test_a_request_is_answered(client: LineClient) -> None:
    reply = await client.ask("version")
    assert reply["result"]["pid"] == os.getpid()


async def test_a_client_that_connects_before_the_server_runs_is_answered(
    path: Path, served: FakeServed
) -> None:
    server = ControlServer(path, served)
    server.claim()
    async with await LineClient.connect(path) as early:
        early.request("version")
        async with running(server):
            assert (await early.read())["id"] == 1


async def test_a_waiting_sync_does_not_hold_up_a_status_of_the_same_client(
    client: LineClient, served: FakeServed
) -> None:
    served.may_sync.clear()
    client.request("sync", id_="slow")
    client.request("status", id_="quick")
    assert (await client.read())["id"] == "quick"
    served.may_sync.set()
    assert (await client.read())["id"] == "slow"


async def test_a_half_closed_client_gets_the_answer_of_its_long_sync(
    client: LineClient, served: FakeServed
) -> None:
    served.may_sync.clear()
    client.request("sync")
    client.writer.write_eof()
    await until(lambda: bool(served.asked))
    served.may_sync.set()
    assert (await client.read())["result"]["repositories"]
    assert await client.read() == {}


async def test_a_last_line_without_its_end_is_answered(client: LineClient) -> None:
    client.writer.write(b'{"jsonrpc":"2.0","id":1,"method":"version"}')
    client.writer.write_eof()
    assert (await client.read())["result"]


async def test_a_half_closed_subscriber_gets_events_until_it_has_gone(
    client: LineClient, server: ControlServer, served: FakeServed
) -> None:
    client.request("subscribe")
    client.writer.write_eof()
    assert (await client.read())["result"] is True
    served.bus.publish(a_commit("docs"))
    assert (await client.read())["params"]["repository"] == "docs"
    client.writer.transport.abort()
    await until(lambda: not server._tasks)


async def test_a_client_that_has_gone_leaves_nothing_behind(
    path: Path, server: ControlServer, served: FakeServed
) -> None:
    async with await LineClient.connect(path) as client:
        assert (await client.ask("subscribe"))["result"] is True
    await until(lambda: not server._tasks)
    assert not served.bus._subscriptions


async def test_a_client_that_leaves_does_not_undo_what_it_asked_for(
    path: Path, server: ControlServer, served: FakeServed
) -> None:
    served.may_sync.clear()
    async with await LineClient.connect(path) as client:
        client.request("sync", repositories=["docs"])
        await until(lambda: served.repositories["docs"].state == "syncing")
    served.may_sync.set()
    await until(lambda: served.repositories["docs"].state == "idle")
    await until(lambda: not server._tasks)


async def test_events_of_the_subscribed_repositories_and_kinds_arrive(
    client: LineClient, served: FakeServed
) -> None:
    await client.ask("subscribe", repositories=["docs"], kinds=["committed"])
    served.bus.publish(StateChanged(time=1.0, repository="docs", state="idle"))
    served.bus.publish(a_commit("notes"))
    served.bus.publish(DaemonEvent(time=1.0, what="reloaded"))
    served.bus.publish(a_commit("docs", "wanted"))
    assert await client.read() == {
        "jsonrpc": "2.0",
        "method": "event",
        "params": {
            "kind": "committed",
            "time": 1.0,
            "repository": "docs",
            "commit": "1",
            "subject": "wanted",
            "files": 1,
            "was": None,
        },
    }


async def test_a_second_subscription_replaces_the_first(
    client: LineClient, served: FakeServed
) -> None:
    await client.ask("subscribe", repositories=["docs"])
    await client.ask("subscribe", repositories=["notes"])
    await until(lambda: len(served.bus._subscriptions) == 1)
    served.bus.publish(a_commit("docs"))
    served.bus.publish(a_commit("notes"))
    assert (await client.read())["params"]["repository"] == "notes"


async def test_a_refused_subscription_leaves_the_first(
    client: LineClient, served: FakeServed
) -> None:
    await client.ask("subscribe", repositories=["docs"])
    assert "error" in await client.ask("subscribe", repositories=["nonsense"])
    served.bus.publish(a_commit("docs"))
    assert (await client.read())["params"]["repository"] == "docs"


async def test_stop_is_answered_before_the_end(
    client: LineClient, server: ControlServer, served: FakeServed, path: Path
) -> None:
    served.on_stop = server.stop
    assert (await client.ask("stop"))["result"] is True
    assert await client.read() == {}
    await until(lambda: not path.exists())


async def test_the_socket_is_free_before_clients_see_the_end(
    client: LineClient, server: ControlServer, served: FakeServed, path: Path
) -> None:
    served.on_stop = server.stop
    await client.ask("stop")
    await client.read()
    assert not path.exists()
    successor = ControlServer(path, served)
    successor.claim()
    successor.release()


async def test_a_cancelled_server_gives_the_socket_up(path: Path, served: FakeServed) -> None:
    server = ControlServer(path, served)
    task = asyncio.get_running_loop().create_task(server.run())
    await until(path.is_socket)
    async with await LineClient.connect(path) as client:
        await client.ask("version")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await client.read() == {}
    assert not path.exists()


@pytest.mark.parametrize("steps", range(8))
async def test_a_client_that_comes_while_the_server_ends_is_let_go(
    path: Path, served: FakeServed, steps: int
) -> None:
    server = ControlServer(path, served)
    server.claim()
    task = asyncio.create_task(server.run())
    for _ in range(9):
        await asyncio.sleep(0)
    with net.socket(net.AF_UNIX) as client:
        client.connect(os.fspath(path))
        for _ in range(steps):
            await asyncio.sleep(0)
        server.stop()
        await task
    gc.collect()  # who was accepted and forgotten is told of here


async def test_an_inherited_socket_is_served_and_left_in_place(
    path: Path, served: FakeServed
) -> None:
    path.parent.mkdir()
    with net.socket(net.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        for _ in range(2):
            server = ControlServer(path, served, inherited=listener)
            async with running(server), await LineClient.connect(path) as client:
                assert (await client.ask("version"))["result"]
            assert path.is_socket()


def test_only_the_own_user_and_root_may_connect() -> None:
    assert may_connect(1000, own=1000)
    assert may_connect(0, own=1000)
    assert not may_connect(1001, own=1000)
    assert not may_connect(1000, own=0)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_another_user_is_turned_away_whatever_the_modes(
    path: Path, server: ControlServer, served: FakeServed
) -> None:
    stranger = f"""
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
os.chdir({str(path.parent)!r})
os.setuid({NOBODY})
s.connect("control.sock")
try:
    s.sendall(b'{{"jsonrpc":"2.0","id":1,"method":"stop"}}' + bytes([10]))
except OSError:
    pass
print(s.recv(9999).decode())
"""
    path.parent.chmod(0o777)
    path.chmod(0o777)
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", stranger], capture_output=True, check=True
    )
    assert b"only the user" in done.stdout
    assert served.asked == []


async def test_a_line_can_be_sent_by_hand(path: Path, server: ControlServer) -> None:
    by_hand = (
        "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        's.sendall(b\'{"jsonrpc":"2.0","id":1,"method":"status"}\\n\'); s.shutdown(1);'
        "print(s.makefile().read())"
    )
    argv = [sys.executable, "-c", by_hand, str(path)]
    done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, check=True)
    assert b'"name":"docs"' in done.stdout


async def test_a_killed_client_disturbs_nobody(
    path: Path, server: ControlServer, served: FakeServed, client: LineClient
) -> None:
    subscriber = (
        "import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        's.sendall(b\'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\\n\'); time.sleep(99)'
    )
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", subscriber, str(path))
    await until(lambda: bool(served.bus._subscriptions))
    victim.send_signal(signal.SIGKILL)
    await victim.wait()
    served.bus.publish(a_commit("docs"))
    await until(lambda: not served.bus._subscriptions)
    assert (await client.ask("version"))["result"]
