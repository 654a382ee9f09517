"""A daemon outside of the session finds the user's ssh agent."""

import socket
from pathlib import Path

import pytest

from autosyncd.host.agents import SOCKETS, with_agent


def listening(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(path))
    return path


@pytest.mark.parametrize("name", SOCKETS)
def test_an_agent_at_one_of_its_places_is_used(tmp_path: Path, name: str) -> None:
    agent = listening(tmp_path / name)
    before = {"XDG_RUNTIME_DIR": str(tmp_path), "A": "b"}
    assert with_agent(before) == {**before, "SSH_AUTH_SOCK": str(agent)}


def test_the_one_that_the_session_names_counts(tmp_path: Path) -> None:
    listening(tmp_path / "ssh-agent.socket")
    before = {"XDG_RUNTIME_DIR": str(tmp_path), "SSH_AUTH_SOCK": "/elsewhere"}
    assert with_agent(before) == before


def test_what_is_no_socket_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "openssh_agent").touch()
    before = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert with_agent(before) == before
    assert with_agent({}) == {}
