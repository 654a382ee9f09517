"""A daemon in a desktop session shows what it does there, by itself."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.autosyncctl.agent.desktop_session import DesktopSession, desktop_session
from tests.autosyncctl.agent.test_agent_desktop import MISSING
from tests.system.machines import QUICK, Machine, bare_remote, until

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("CI") != "true", reason=f"not installed: {MISSING}"
    ),
]


class Seat(Machine):
    """A machine, and the desktop in front of it."""

    session: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """With a screen and a session bus."""
        names = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
        return super().environment | {name: self.session[name] for name in names}

    def agents(self) -> list[int]:
        """The agents that serve this machine's daemon."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(self.socket) in words and b"agent" in words:
                found.append(int(process.name))
        return found


@pytest.fixture
def session(tmp_path: Path) -> Iterator[DesktopSession]:
    with desktop_session(tmp_path / "session") as session:
        yield session


@pytest.fixture
def seat(tmp_path: Path, session: DesktopSession) -> Iterator[Seat]:
    seat = Seat(tmp_path, "laptop")
    seat.session = session.environment
    yield seat
    if seat.process:
        seat.stop()


def test_the_daemon_starts_its_agent_and_ends_it(
    tmp_path: Path, seat: Seat, session: DesktopSession
) -> None:
    docs = seat.clone(bare_remote(tmp_path))
    seat.start(f"{QUICK}repositories: [{docs}]\n")
    until(lambda: bool(seat.agents()), "an agent runs")
    until(lambda: seat.repository()["state"] == "idle", "it rests")
    (docs / "todo.md").write_text("buy milk\n")
    until(lambda: session.displayed() == 1, "a bubble")
    seat.stop()
    until(lambda: not seat.agents(), "the agent has gone, too")
    session.close_all()
    ((title, body),) = session.texts()
    assert title == "docs"
    assert "Committed: add todo.md on" in body
    assert "Pushed to origin/main" in body


def test_an_agent_that_dies_is_started_again(
    tmp_path: Path, seat: Seat, session: DesktopSession
) -> None:
    seat.start(f"repositories: [{seat.clone(bare_remote(tmp_path))}]\n")
    until(lambda: bool(seat.agents()), "an agent runs")
    (first,) = seat.agents()
    os.kill(first, 9)
    until(lambda: bool(set(seat.agents()) - {first}), "another agent runs")


def test_who_wants_no_bubbles_gets_no_agent(
    tmp_path: Path, seat: Seat, session: DesktopSession
) -> None:
    docs = seat.clone(bare_remote(tmp_path))
    seat.start(f"notifications: {{desktop: none}}\nrepositories: [{docs}]\n")
    until(lambda: seat.repository()["state"] == "idle", "it rests")
    assert not seat.agents()
    assert seat.stop() == 0
    assert "agent" not in seat.diary()
