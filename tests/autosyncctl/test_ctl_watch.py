"""Screens that stay: `status --watch` and `events --follow`, across sizes, keys and restarts."""

import fcntl
import json
import os
import re
import signal
import struct
import termios
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from autosyncctl.wrapping import rows_taken
from autosyncd.api.events import Committed, Event, Pushed, StateChanged
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon, fake_daemon
from tests.autosyncctl.processes import Terminal, start, terminal
from tests.control.fake_served import FakeServed, a_repository

ENTER, LEAVE, PICTURE = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?2026h\x1b[H"


def resize(seen: Terminal, width: int, height: int) -> None:
    fcntl.ioctl(seen.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


@contextmanager
def watched(*argv: str) -> Iterator[Terminal]:
    with terminal("status", "--watch", *argv) as seen:
        seen.until(lambda text: b"2 idle" in text)
        yield seen


@pytest.fixture(autouse=True)
def a_good_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("daemon")
def test_a_watched_status_has_a_screen_of_its_own_and_gives_it_back() -> None:
    with watched() as seen:
        echo = termios.tcgetattr(seen.descriptor)[3] & termios.ECHO
        assert not echo, "keys do not show"
        os.write(seen.descriptor, b"q")
        text = seen.rest()
        assert termios.tcgetattr(seen.descriptor)[3] & termios.ECHO
    assert seen.process.returncode == 0
    assert text.count(ENTER) == text.count(LEAVE) == 1
    assert b"2 idle" in text[text.index(LEAVE) :], "the last picture stays"
    assert b"\x1b[2J" not in text, "nothing is wiped, so nothing flickers"


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_gives_the_terminal_back(number: signal.Signals, code: int) -> None:
    with watched() as seen:
        seen.process.send_signal(number)
        text = seen.rest()
        assert termios.tcgetattr(seen.descriptor)[3] & termios.ECHO
    assert seen.process.returncode == code
    assert text.rindex(LEAVE) > text.rindex(PICTURE)
    assert b"Traceback" not in text


def test_another_size_is_drawn_at_once(daemon: FakeDaemon) -> None:
    long = "a-name-of-some-length-" * 3
    daemon.do(lambda: daemon.served.repositories.update({long: a_repository(long)}))
    with terminal("status", "--watch") as seen:
        resize(seen, 200, 30)
        seen.until(lambda text: long.encode() in text)
        before = len(seen.shown)
        resize(seen, 60, 20)
        seen.process.send_signal(signal.SIGWINCH)  # the kernel tells only its own session
        seen.until(lambda text: PICTURE in text[before:] and b"\xe2\x80\xa6" in text[before:])
        seen.process.kill()


def pictures(shown: bytes) -> list[list[str]]:
    """Each picture's lines, without colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r\n", "\n")
    found = re.findall(r"\x1b\[\?2026h\x1b\[H(.*?)\x1b\[\?2026l", text, re.DOTALL)
    return [one.split("\n") for one in found]


def test_what_is_longer_than_a_row_neither_scrolls_the_picture_nor_loses_a_character(
    daemon: FakeDaemon,
) -> None:
    """Behind a character in the last column, clearing the rest of the row would clear it."""
    why = "x" * (80 - len("full: blocked: "))
    daemon.do(
        lambda: daemon.served.repositories.update(
            {f"{n}{'n' * 150}": a_repository(f"{n}{'n' * 150}", held=n) for n in range(1, 9)}
            | {"full": a_repository("full", state="blocked", reason=why)}
        )
    )
    with terminal("status", "--watch") as seen:
        resize(seen, 80, 24)
        seen.process.send_signal(signal.SIGWINCH)
        seen.until(lambda text: why.encode() in text)
        os.write(seen.descriptor, b"q")
        shown = seen.rest()
    lines = next(one for one in pictures(shown) if any(why in line for line in one))
    assert f"full: blocked: {why}" in lines, "not followed by a sign that clears"
    bare = [re.sub(r"\x1b\[[KJ]", "", line) for line in lines]
    assert any(len(line) > 80 for line in bare)
    assert sum(rows_taken(line, 80) for line in bare) <= 24
    assert bare[-1].startswith("not shown") or "11 repositories" in "".join(bare)


def test_a_daemon_that_restarts_is_waited_for(socket_file: Path) -> None:
    with ExitStack() as stack:
        with fake_daemon(socket_file, FakeServed(a_repository("docs"), a_repository("notes"))):
            piped = stack.enter_context(start("status", "--watch", "--json"))
            stack.callback(piped.kill)
            assert piped.stdout
            assert piped.stderr
            assert len(json.loads(piped.stdout.readline())["repositories"]) == 2
            seen = stack.enter_context(watched())
        seen.until(lambda text: b"waiting until it is back" in text)
        assert b"waiting until it is back" in piped.stderr.readline()
        with fake_daemon(socket_file, FakeServed(a_repository("fresh"))):
            seen.until(lambda text: b"fresh" in text)
            names = [one["name"] for one in json.loads(piped.stdout.readline())["repositories"]]
            assert names == ["fresh"]


def test_q_ends_the_waiting_for_a_daemon_too(socket_file: Path) -> None:
    with ExitStack() as stack:
        with fake_daemon(socket_file, FakeServed(a_repository("docs"), a_repository("notes"))):
            seen = stack.enter_context(watched())
        seen.until(lambda text: b"waiting until it is back" in text)
        os.write(seen.descriptor, b"q")
        seen.rest()
        assert seen.process.returncode == 0


# --- events


def pushed(number: int, repository: str = "docs") -> Event:
    return Pushed(
        time=1764000000.0 + number,
        repository=repository,
        commit=f"{number:040}",
        remote="origin",
        url=None,
        branch="main",
        commits=1,
    )


COMMITTED = Committed(time=1764000000.0, repository="docs", commit="1" * 40, subject="s", files=1)
STEP = StateChanged(time=1764000001.0, repository="docs", state="syncing", detail=True)


def test_events_are_chosen_by_kind(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.happened = (COMMITTED, pushed(1), pushed(2, "notes"))
    done = run("events", "--json", "--kind", "pushed,solved", "--kind", "problem")
    assert [one["repository"] for one in json.loads(done.out)["events"]] == ["docs", "notes"]
    done = run("events", "--json", "docs", "--kind", "pushed")
    assert [one["kind"] for one in json.loads(done.out)["events"]] == ["pushed"]
    done = run("events", "--kind", "pusht")
    assert done.code == 2
    assert "'pusht' is no kind (did you mean pushed?); allowed: state, comm" in done.complaint


def test_followed_events_are_of_the_kinds_asked_for_and_no_details(daemon: FakeDaemon) -> None:
    def publish() -> None:
        for event in (COMMITTED, STEP, pushed(3)):
            daemon.served.bus.publish(event)

    for argv, kinds in (
        ((), ["committed", "pushed"]),
        (("--detail",), ["committed", "state", "pushed"]),
        (("--kind", "pushed"), ["pushed"]),
    ):
        daemon.served.asked.clear()
        with start("events", "--follow", "--json", *argv) as process:
            assert process.stdout
            daemon.later(lambda: daemon.subscribed() and daemon.asked("events"), publish)
            assert [json.loads(process.stdout.readline())["kind"] for _ in kinds] == kinds
            process.kill()
        daemon.until(lambda: not daemon.subscribed())


def test_events_are_followed_across_a_restart_each_once(socket_file: Path) -> None:
    first, second = FakeServed(a_repository("docs")), FakeServed(a_repository("docs"))
    first.happened = (pushed(1), pushed(2))
    second.happened = (pushed(1), pushed(2), pushed(3))
    with ExitStack() as stack:
        with fake_daemon(socket_file, first):
            process = stack.enter_context(start("events", "--follow", "--json"))
            stack.callback(process.kill)
            assert process.stdout
            before = [json.loads(process.stdout.readline())["time"] for _ in range(2)]
        with fake_daemon(socket_file, second):
            assert json.loads(process.stdout.readline())["time"] == before[-1] + 1
