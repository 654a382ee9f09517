"""Bubbles on a real notification server, clicked, closed, and after restarts."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Event, Problem, Solved, StateChanged
from autosyncd.api.types import Channel, HeldPath, HeldResult, LastCommit, LastError
from tests.autosyncctl.agent.desktop_session import (
    TOOLS,
    DesktopSession,
    desktop_session,
    until,
)
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon, fake_daemon
from tests.control.fake_served import FakeServed, a_repository

CLICKING = Path(__file__).with_name("clicking_server.py")

MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
MISSING += [module for module in ("dbus", "notify2") if find_spec(module) is None]

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("CI") != "true", reason=f"not installed: {MISSING}"
    ),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[DesktopSession]:
    with desktop_session(tmp_path / "session") as session:
        yield session


def publish(daemon: FakeDaemon, *events: Event) -> None:
    for event in events:
        daemon.do(partial(daemon.served.bus.publish, event))


def a_commit(name: str = "docs", commit: str = "c1") -> Event:
    subject = f"{name}: update <todo> & more on laptop"
    return Committed(time=1, repository=name, commit=commit, subject=subject, files=1)


def a_problem(message: str = "no <permission>") -> Event:
    return Problem(time=1, repository="docs", operation="push", message=message, hint="ask")


def waiting(commit: str = "c1") -> LastCommit:
    return LastCommit(id=commit, time=1.0, subject="docs: update a on laptop")


def test_a_commit_is_told_and_described_by_a_click(
    daemon: FakeDaemon, session: DesktopSession, tmp_path: Path
) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="waiting", last_commit=waiting()))
    programs = dialog(tmp_path, 'printf "%s\\n" "$@" > "$0.asked"; echo "Why I did it"')
    with session.agent(daemon.path, PATH=f"{programs}:{os.environ['PATH']}"):
        daemon.until(daemon.subscribed)
        publish(daemon, a_commit())
        until(lambda: session.displayed() == 1, "a bubble")
        session.click()
        until(lambda: daemon.asked("describe"), "the commit is described")
    assert ("describe", "docs", "c1", "Why I did it") in daemon.served.asked
    assert ("describing", "docs") in daemon.served.asked
    asked = (programs / "zenity.asked").read_text()
    assert "--entry-text=docs: update a on laptop" in asked
    session.close_all()
    assert session.texts() == [("docs", "Committed: update <todo> & more on laptop")]


def test_an_ignored_dialog_leaves_the_automatic_message(
    daemon: FakeDaemon, session: DesktopSession, tmp_path: Path
) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="waiting", last_commit=waiting()))
    programs = dialog(tmp_path, 'touch "$0.asked"; exit 5')
    with session.agent(daemon.path, PATH=f"{programs}:{os.environ['PATH']}"):
        daemon.until(daemon.subscribed)
        publish(daemon, a_commit())
        until(lambda: session.displayed() == 1, "a bubble")
        session.click()
        until((programs / "zenity.asked").exists, "the user is asked")
        publish(daemon, a_problem())
        until(lambda: session.displayed() == 2, "the agent goes on")
    assert not daemon.asked("describe")


def test_a_line_can_be_typed_into_the_real_dialog(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="waiting", last_commit=waiting()))
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        publish(daemon, a_commit())
        until(lambda: session.displayed() == 1, "a bubble")
        session.click()
        until(lambda: bool(windows(session, "autosync: docs")), "a dialog")
        (window,) = windows(session, "autosync: docs")
        until(lambda: typed(session, window, daemon), "the commit is described")
    (described,) = (one for one in daemon.served.asked if one[0] == "describe")
    assert described[:3] == ("describe", "docs", "c1")
    assert "because" in str(described[3])


def typed(session: DesktopSession, window: str, daemon: FakeDaemon) -> bool:
    """Type until the dialog has the focus and takes it."""
    keys = [["windowfocus", window], ["type", "--window", window, "because"]]
    for words in [*keys, ["key", "--window", window, "Return"]]:
        subprocess.run(["xdotool", *words], env=session.environment, check=False, timeout=60)
    return daemon.asked("describe")


def windows(session: DesktopSession, title: str) -> list[str]:
    command = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
    found = subprocess.run(
        command, env=session.environment, capture_output=True, text=True, check=False, timeout=60
    )
    return found.stdout.split()


def test_a_problem_stays_until_it_is_solved_and_a_click_tries_again(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        publish(daemon, a_problem(), a_problem(), a_problem())
        until(lambda: session.displayed() == 1, "a bubble")
        session.click()
        until(lambda: daemon.asked("sync"), "it is tried again")
        publish(daemon, Solved(time=1, repository="docs", operation="push", message="pushed"))
        until(lambda: solved_is_shown(session), "solved takes its place")
    assert ("sync", ("docs",), False) in daemon.served.asked


def solved_is_shown(session: DesktopSession) -> bool:
    """Close what is there, and look whether it was that."""
    if session.displayed() == 0:
        return ("docs: solved", "pushed") in session.texts()
    session.close_all()
    return ("docs: solved", "pushed") in session.texts()


def deletions_wait(daemon: FakeDaemon) -> None:
    waits = HeldPath(
        repository="docs", path=".", why="40 are gone", approvable=True, reason="deleted"
    )
    daemon.do(lambda: setattr(daemon.served, "left_out", HeldResult(held=(waits,))))


def test_deletions_that_wait_are_let_through_by_their_button(
    daemon: FakeDaemon, session: DesktopSession, tmp_path: Path
) -> None:
    deletions_wait(daemon)
    with session.agent(daemon.path), clicking_server(session, tmp_path / "calls", 0, "APPROVE"):
        daemon.until(daemon.subscribed)
        publish(daemon, a_problem("40 are gone"))
        until(lambda: daemon.asked("approve"), "it is approved")
    assert ("approve", "docs", ()) in daemon.served.asked


def test_no_other_click_lets_deletions_through(
    daemon: FakeDaemon, session: DesktopSession, tmp_path: Path
) -> None:
    """Neither on their bubble itself, nor on that of another problem meanwhile."""
    deletions_wait(daemon)
    with session.agent(daemon.path), clicking_server(session, tmp_path / "calls", 0, "default"):
        daemon.until(daemon.subscribed)
        publish(daemon, a_problem("40 are gone"))
        until(lambda: daemon.asked("held"), "the first is shown")
        publish(daemon, a_problem("no permission"))
        until(partial(clicked, daemon, "docs"), "the other is clicked, and tried again")
    assert not daemon.asked("approve")


def test_a_restarted_server_shows_again_what_has_to_stay(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        publish(daemon, a_problem())
        until(lambda: session.displayed() == 1, "a bubble")
        session.stop_server()
        session.start_server()
        until(lambda: session.displayed() == 1, "the same bubble")
        publish(daemon, a_commit())
        until(lambda: session.displayed() == 2, "new ones, too")


def test_a_server_that_hangs_delays_nobody_and_shows_all_later(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        assert session.server
        session.server.send_signal(signal.SIGSTOP)
        try:
            publish(daemon, a_problem("one"))
            publish(daemon, StateChanged(time=1, repository="docs", state="idle"))
            daemon.until(lambda: all(not s._events for s in daemon.served.bus._subscriptions))
        finally:
            session.server.send_signal(signal.SIGCONT)
        until(lambda: session.displayed() == 1, "the bubble")


def test_it_finds_a_daemon_that_was_restarted_and_tells_nothing_twice(
    socket_file: Path, session: DesktopSession
) -> None:
    error = LastError(time=1.0, operation="push", message="no permission", hint="ask")
    blocked = a_repository("docs", state="blocked", last_error=error)
    with session.agent(socket_file):
        for _ in range(2):
            with fake_daemon(socket_file, FakeServed(blocked)) as daemon:
                daemon.until(daemon.subscribed)
                until(lambda: session.displayed() == 1, "what is wrong already is told")
        with fake_daemon(socket_file, FakeServed(a_repository("docs"))) as daemon:
            daemon.until(daemon.subscribed)
            until(lambda: solved_later(session), "what was solved meanwhile is told")


def solved_later(session: DesktopSession) -> bool:
    session.close_all()
    return ("docs: solved", "The problem is over.") in session.texts()


def test_a_channel_that_was_refused_before_the_agent_came_is_told(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    refused = Channel(name="xmpp", connected=False, detail="wrong password", hint="mend it")
    daemon.do(lambda: setattr(daemon.served, "channels", (refused,)))
    with session.agent(daemon.path):
        until(lambda: session.displayed() == 1, "a bubble")
        session.close_all()
    assert session.texts() == [("autosync: cannot connect to xmpp", "wrong password\nmend it")]


def test_a_second_agent_ends_at_once(daemon: FakeDaemon, session: DesktopSession) -> None:
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        with session.agent(daemon.path) as second:
            assert second.wait(60) == 0


def test_without_a_session_bus_it_says_so(
    daemon: FakeDaemon, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bus that is named and has gone is none."""
    nowhere = run("agent")
    assert nowhere.code == 1
    assert "there is no session bus here" in nowhere.complaint
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/gone")
    gone = run("agent")
    assert gone.code == 1
    assert "the session bus does not answer" in gone.complaint


AUTOSTART = Path(__file__).parents[3] / "contrib" / "desktop" / "autosync-agent.desktop"


def test_the_autostart_file_starts_it(daemon: FakeDaemon, session: DesktopSession) -> None:
    """As the Desktop Entry Specification says: without a shell, from the PATH."""
    parser = ConfigParser(interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys are case-sensitive
    parser.read(AUTOSTART)
    entry = parser["Desktop Entry"]
    assert (entry["Type"], entry["NoDisplay"]) == ("Application", "true")
    assert entry["Name"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**session.environment, "PATH": path, "AUTOSYNC_SOCKET": str(daemon.path)}
    with subprocess.Popen(shlex.split(entry["Exec"]), env=environment) as agent:
        try:
            daemon.until(daemon.subscribed)
            publish(daemon, a_commit())
            until(lambda: session.displayed() == 1, "a bubble")
        finally:
            agent.kill()


def test_every_daemon_has_an_agent_of_its_own(session: DesktopSession, tmp_path: Path) -> None:
    with ExitStack() as ends:
        for name in ("one", "two"):
            served = FakeServed(a_repository("docs"))
            daemon = ends.enter_context(fake_daemon(tmp_path / name, served))
            ends.enter_context(session.agent(daemon.path))
            daemon.until(daemon.subscribed)


def test_it_ends_with_the_bus(daemon: FakeDaemon, session: DesktopSession) -> None:
    with session.agent(daemon.path) as agent:
        daemon.until(daemon.subscribed)
        publish(daemon, a_problem())
        until(lambda: session.displayed() == 1, "a bubble")
        assert session.bus
        session.bus.terminate()
        assert agent.wait(60) == 1


def test_what_was_solved_while_there_was_no_server_is_not_shown_as_a_problem(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    solved = Solved(time=1, repository="docs", operation="push", message="pushed")
    other = Problem(time=1, repository="docs", operation="fetch", message="no", hint=None)
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        publish(daemon, a_problem())
        until(lambda: session.displayed() == 1, "a bubble")
        session.stop_server()
        publish(daemon, solved, other)
        until(lambda: daemon.asked("held") and held_asked(daemon) == 2, "the other one is taken")
        session.start_server()
        until(lambda: session.displayed() == 2, "two bubbles")
        session.close_all()
    assert {title for title, _ in session.texts()} == {"docs: solved", "docs: cannot fetch"}


def held_asked(daemon: FakeDaemon) -> int:
    """How many problems the agent was about to show."""
    return sum(one[0] == "held" for one in daemon.served.asked)


def test_a_problem_of_what_is_gone_already_is_shown(
    daemon: FakeDaemon, session: DesktopSession
) -> None:
    with session.agent(daemon.path):
        daemon.until(daemon.subscribed)
        publish(daemon, Problem(time=1, repository="gone", operation="push", message="no", hint=""))
        until(lambda: session.displayed() == 1, "a bubble")
        session.close_all()
    assert session.texts() == [("gone: cannot push", "no")]


def test_what_a_server_refuses_is_drawn_later_and_its_click_counts_once(
    daemon: FakeDaemon, session: DesktopSession, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    with session.agent(daemon.path), clicking_server(session, calls, 2, "default"):
        daemon.until(daemon.subscribed)
        for name in ("docs", "notes"):
            publish(daemon, Problem(time=1, repository=name, operation="push", message="no"))
            until(partial(clicked, daemon, name), f"a click on {name} arrives")
    assert [one[1] for one in daemon.served.asked if one[0] == "sync"] == [("docs",), ("notes",)]
    refused = [float(line) for line in calls.read_text().splitlines()][:3]
    assert all(later - earlier >= 1 for earlier, later in pairwise(refused))


@contextmanager
def clicking_server(
    session: DesktopSession, calls: Path, refused: int, action: str
) -> Iterator[None]:
    """Instead of the session's own, one that clicks on every bubble."""
    session.stop_server()
    command = [sys.executable, str(CLICKING), str(calls), str(refused), action]
    with subprocess.Popen(command, env=session.environment) as server:
        try:
            yield
        finally:
            server.kill()


def clicked(daemon: FakeDaemon, name: str) -> bool:
    """Whether the Retry of a repository was clicked."""
    return ("sync", (name,), False) in daemon.served.asked


def dialog(folder: Path, does: str) -> Path:
    """A folder with a `zenity` that does this."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "zenity").write_text(f"#!/bin/sh\n{does}\n")
    (programs / "zenity").chmod(0o755)
    return programs
