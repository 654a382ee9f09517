"""Who waits for a daemon that was stopped does not start it."""

import argparse
import socket as net
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncctl.agent.life import Agent
from autosyncctl.client import UnreachableError
from autosyncctl.session import reconnect
from autosyncd.api.requests import NoParams
from autosyncd.api.types import VersionResult
from autosyncd.control.server import ControlServer
from tests.autosyncctl.fake_daemon import fake_daemon
from tests.control.fake_served import FakeServed


def visit(socket: Path) -> bool:
    return Agent(socket, show=lambda _bubble: None, ask=lambda *_: None).visit()


def watch(socket: Path) -> bool:
    try:
        with reconnect(argparse.Namespace(socket=str(socket))) as client:
            client.call("version", NoParams(), VersionResult)
    except UnreachableError:
        return False
    return True


@pytest.mark.parametrize("wait", [visit, watch])
def test_a_daemon_that_was_stopped_is_left_so(
    socket_file: Path, wait: Callable[[Path], bool]
) -> None:
    """Where the socket is systemd's, whoever connects starts the daemon."""
    socket_file.parent.mkdir()
    with net.socket(net.AF_UNIX, net.SOCK_STREAM) as listener:
        listener.bind(str(socket_file))
        listener.listen()
        daemon = ControlServer(socket_file, FakeServed(), inherited=listener)
        daemon.claim()
        daemon.release()
        listener.setblocking(False)
        assert wait(socket_file) is False
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_an_agent_follows_a_daemon_that_runs(socket_file: Path) -> None:
    with fake_daemon(socket_file, FakeServed()) as daemon:
        daemon.later(daemon.subscribed, daemon.served.stop)
        assert visit(socket_file) is True


def test_a_watcher_finds_a_daemon_that_runs(socket_file: Path) -> None:
    with fake_daemon(socket_file, FakeServed()):
        assert watch(socket_file) is True
