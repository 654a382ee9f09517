"""Which daemon an agent follows, and which it leaves alone."""

import socket as net
from pathlib import Path

import pytest

from autosyncctl.agent.life import Agent
from autosyncd.control.server import ControlServer
from tests.autosyncctl.fake_daemon import fake_daemon
from tests.control.fake_served import FakeServed


def an_agent(socket: Path) -> Agent:
    return Agent(socket, show=lambda _bubble: None, ask=lambda *_: None)


def test_a_daemon_that_was_stopped_is_not_started_by_the_agents_question(
    socket_file: Path,
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
        assert an_agent(socket_file).visit() is False
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_daemon_that_runs_is_followed_until_it_ends(socket_file: Path) -> None:
    with fake_daemon(socket_file, FakeServed()) as daemon:
        daemon.later(daemon.subscribed, daemon.served.stop)
        assert an_agent(socket_file).visit() is True
    assert an_agent(socket_file).visit() is False
