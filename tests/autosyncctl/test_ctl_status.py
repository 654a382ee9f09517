"""`status`, once, watched, and waited for."""

import json
import re
import signal
import subprocess
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncctl.render import rows
from autosyncctl.view import Cell, Screen, Tone, View, plain, table_lines, width_of
from autosyncctl.views.status import status_view
from autosyncctl.wrapping import rows_taken, wrapped
from autosyncd.api.types import (
    Channel,
    DaemonStatus,
    InStep,
    LastCommit,
    LastError,
    Next,
    RepositoryStatus,
    Status,
)
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon
from tests.autosyncctl.processes import in_a_terminal, start, terminal
from tests.control.fake_served import FakeServed, a_repository

NOW = 1764000000.0


def status_of(*repositories: RepositoryStatus, channels: tuple[Channel, ...] = ()) -> Status:
    daemon = DaemonStatus(version="0", pid=1, uptime=1.0, config=None, channels=channels)
    return Status(daemon=daemon, repositories=repositories)


def shown(*repositories: RepositoryStatus) -> str:
    return plain(status_view(status_of(*repositories), NOW))


def row(one: RepositoryStatus) -> list[str]:
    """The cells of its row."""
    return re.split(r" {2,}", shown(one).split("\n")[1])


def trouble(message: str, hint: str | None = None) -> LastError:
    return LastError(time=NOW, operation="commit", message=message, hint=hint)


def test_a_repository_at_rest_is_one_short_row() -> None:
    one = a_repository("docs", in_step=InStep(commit="1", checked=NOW - 12))
    assert row(one) == ["docs", "idle", "main", "12s ago", "-", "-"]


def test_a_row_says_step_progress_changes_and_what_is_next() -> None:
    one = a_repository(
        "docs",
        state="syncing",
        step="push",
        progress=0.42,
        pending=3,
        ahead=2,
        behind=1,
        in_step=None,
        next=Next(action="fetch", at=NOW + 90),
    )
    bar = "█████░░░░░░░"
    assert row(one) == ["docs", "syncing push 42%", "main", "not yet", "~3 ↑2 ↓1", bar]
    at_rest = msgspec.structs.replace(one, progress=None)
    assert row(at_rest)[-1] == "fetch in 1m"


def test_without_a_remote_nothing_is_called_in_step() -> None:
    alone = a_repository("docs", remote=None, in_step=None)
    assert row(alone)[3] == "no remote"
    assert "there is no remote to be in step with" in shown(alone)
    starting = msgspec.structs.replace(alone, branch=None, state="starting")
    assert row(starting)[3] == "not yet"
    assert "not known yet" in shown(starting)


def test_a_terminal_marks_what_is_in_step_and_what_is_not_without_colours() -> None:
    commit = LastCommit(id="1" * 40, time=NOW, subject="x")
    step = InStep(commit="1" * 40, checked=NOW)
    same = a_repository("same", last_commit=commit, in_step=step)
    marks = {
        "✓": same,
        "·": msgspec.structs.replace(same, in_step=InStep(commit="2" * 40, checked=NOW)),
        "!": a_repository("blocked", state="blocked"),
        "?": a_repository("offline", state="offline"),
        "•": a_repository("syncing", state="syncing"),
        "-": a_repository("paused", state="paused"),
    }
    for mark, one in marks.items():
        view = status_view(status_of(one), NOW, screen=Screen(80, 24))
        assert view.rows[0][1].text == f"{mark} {one.state}"
    changed = msgspec.structs.replace(same, pending=1)
    view = status_view(status_of(changed), NOW, screen=Screen(80, 24))
    assert view.rows[0][1].text == "· idle"


def test_a_repository_without_a_remote_is_not_said_to_be_behind() -> None:
    alone = a_repository("docs", remote=None, in_step=None)
    assert row(alone)[3] == "no remote"
    assert "not seen yet" not in shown(alone)
    unread = msgspec.structs.replace(alone, branch=None, state="paused")
    assert row(unread)[3] == "not yet", "nobody knows before it is opened"


@pytest.mark.parametrize("facts", [{"conflicts": 1}, {"held": 2}])
def test_a_calm_repository_that_waits_for_the_user_is_marked_and_comes_first(
    facts: dict[str, int],
) -> None:
    calm = [a_repository(f"r{number}") for number in range(30)]
    view = status_view(status_of(*calm, a_repository("x", **facts)), NOW, screen=Screen(80, 24))
    name, state = view.rows[0][:2]
    assert (name.text, state.text, state.tone) == ("x", "! idle", Tone.CAREFUL)


def test_what_is_due_happens_now() -> None:
    assert row(a_repository("docs", next=Next(action="push", at=NOW - 5)))[-1] == "push now"


def test_a_paused_repository_says_when_it_goes_on() -> None:
    one = a_repository("docs", state="paused", paused_until=NOW + 600)
    assert row(one)[-1] == "resume in 10m"


@pytest.mark.parametrize("state", ["blocked", "failed", "offline"])
def test_what_is_in_trouble_gets_its_reason_and_hint_below(state: str) -> None:
    one = a_repository("docs", state=state, reason="no\nway", last_error=trouble("x", "do that"))
    assert f"docs: {state}: no way\n  do that\n" in shown(one, a_repository("notes"))


def test_a_hint_that_the_reason_has_already_is_not_repeated() -> None:
    one = a_repository(
        "docs", state="blocked", reason="no; do that", last_error=trouble("x", "do that")
    )
    assert shown(one).count("do that") == 1


def test_without_a_reason_the_last_error_is_shown() -> None:
    one = a_repository("docs", state="offline", last_error=trouble("no host"))
    assert "docs: offline: no host" in shown(one)


def test_an_error_of_old_times_is_not_shown() -> None:
    assert "no host" not in shown(a_repository("docs", last_error=trouble("no host")))


def test_what_waits_for_the_user_has_the_one_command_that_helps() -> None:
    text = shown(a_repository("my docs", held=1, conflicts=2), a_repository("notes"))
    assert "my docs: 2 conflict copies to settle\n  autosyncctl conflicts 'my docs'\n" in text
    assert "my docs: 1 path left out on purpose\n  autosyncctl held 'my docs'\n" in text
    gone = a_repository("x", state="offline", reason="no host")
    text = shown(gone, a_repository("y"))
    assert "x: offline: no host\n  tried again by itself; at once: `autosyncctl sync x`\n" in text


def test_a_trouble_that_many_share_is_told_once() -> None:
    many = [a_repository(f"r{n}", state="offline", reason="no network") for n in range(500)]
    worst = a_repository(
        "x", state="blocked", reason="a merge; end it", last_error=trouble("", "end it")
    )
    lines = shown(*many, worst).split("\n\n")[1].splitlines()
    assert lines[:2] == ["x: blocked: a merge", "  end it"], "the worst first"
    assert lines[2] == "r0, r1, r2 and 497 more: offline: no network"
    assert lines[3] == "  tried again by itself; at once: `autosyncctl sync`"
    assert len(lines) == 5


def test_a_pause_without_an_end_waits_for_the_user_and_each_is_named() -> None:
    for_ever = [a_repository(f"r{number}", state="paused") for number in range(5)]
    for_an_hour = a_repository("x", state="paused", paused_until=NOW + 3600)
    text = shown(*for_ever, for_an_hour)
    assert "r0, r1, r2 and 2 more: paused until you resume it\n" in text
    assert "\n  autosyncctl resume r0 r1 r2 r3 r4\n" in text


def test_a_hint_that_is_nothing_but_a_command_stands_there_as_it_is_typed() -> None:
    hint = f"`git -C /{'x' * 90} bisect reset`"
    one = a_repository("docs", state="blocked", reason="a bisect", last_error=trouble("x", hint))
    drawn = rows(status_view(status_of(one, one), NOW), 60, colour=False)
    assert f"  {hint.strip('`')}" in drawn


def test_a_trouble_and_what_helps_are_shown_together_or_not_at_all() -> None:
    many = [a_repository(f"r{n}", held=n) for n in range(1, 20)]
    for high in range(6, 50):
        view = status_view(status_of(*many), NOW, screen=Screen(80, high))
        heads = [line for line in view.lines if "left out on purpose" in line[-1].text]
        helps = [line for line in view.lines if "  autosyncctl held" in line[0].text]
        assert len(heads) == len(helps)


ODD = (
    "my docs",
    "it's",
    "$(touch oops)",
    "a\nb",
    "\x1b[31mred",
    "🎉 x\u200dy",
    "-n",
    "\\n'\t",
    "`x`",
)


def test_the_command_that_helps_says_any_name_so_that_a_shell_understands_it() -> None:
    for name in ODD:
        lines = shown(a_repository(name, held=1), a_repository("x")).splitlines()
        command = next(line for line in lines if line.startswith("  autosyncctl held "))
        typed = f"autosyncctl() {{ printf '%s\\0' \"$@\"; }}; {command}"
        done = subprocess.run(["bash", "-c", typed], capture_output=True, check=True)
        said = done.stdout.decode().split("\0")[1:-1]
        assert [word for word in said if word != "--"] == [name]


def test_channels_that_are_not_connected_are_shown() -> None:
    channels = (
        Channel(name="xmpp", connected=False, detail="refused"),
        Channel(name="ssh", connected=True),
    )
    text = plain(status_view(status_of(a_repository("docs"), channels=channels), NOW))
    assert "channel xmpp: not connected: refused" in text
    assert "ssh" not in text


def test_one_repository_is_shown_with_details() -> None:
    commit = LastCommit(id="1a2b3c4d", time=NOW - 60, subject="docs: update\nx")
    text = shown(a_repository("docs", last_commit=commit, last_push=NOW - 5))
    assert "/home/me/docs" in text
    assert "1a2b3c4 docs: update x, 1m ago" in text
    assert "5s ago" in text


def test_no_repositories_are_said_to_be_none() -> None:
    assert "no repositories are watched" in shown()


def test_many_are_summed_up() -> None:
    many = [a_repository(f"r{number}") for number in range(499)]
    text = shown(*many, a_repository("x", state="blocked", reason="r"))
    assert text.split("\n")[-1] == "500 repositories: 499 idle, 1 blocked"


def test_on_a_small_screen_idle_ones_are_left_out_first() -> None:
    many = [a_repository(f"r{number}") for number in range(499)]
    busy = a_repository("x", state="blocked", reason="r " * 100)
    view = status_view(status_of(*many, busy), NOW, screen=Screen(80, 20))
    assert [line[0].text.strip() for line in table_lines(view)][1] == "x"
    assert "not shown" in plain(view)
    assert len(rows(view, 80, colour=True)) == 20


@pytest.mark.parametrize("width", [20, 38, 60, 80, 200])
@pytest.mark.parametrize("high", [4, 10, 24, 60])
@pytest.mark.parametrize("number", [1, 3, 500])
def test_a_status_fits_every_terminal(width: int, high: int, number: int) -> None:
    odd = a_repository("日本語のとても長い名前 " * 3, state="blocked", reason="why " * 30, held=3)
    ones = [a_repository(f"r{n}", state="offline", reason=f"r{n}") for n in range(number - 1)]
    view = status_view(status_of(odd, *ones), NOW, screen=Screen(width, high))
    drawn = rows(view, width, colour=False)
    broken = [line for line in drawn if not line.startswith("  autosyncctl ")]
    assert all(width_of(one) <= width for one in broken if " " in one.strip() and "`" not in one)
    if high >= 24 and width >= 60:
        assert sum(rows_taken(line, width) for line in drawn) <= high
        assert "blocked" in "\n".join(drawn)


def test_where_it_is_narrow_whole_columns_go_before_names_and_states_do() -> None:
    one = a_repository("docs", state="syncing", step="integrate", branch="main", ahead=1)
    title, row = rows(status_view(status_of(one), NOW), 40, colour=False)[:2]
    assert title.split() == ["REPOSITORY", "STATE", "IN", "STEP"]
    assert row.startswith("docs        syncing integrate  ")


def test_odd_names_neither_break_the_table_nor_get_through_it() -> None:
    names = ("a\nb", "\x1b[31mred", "[bold]x[/bold]", "caf\udce9", "日本語", "x" * 300)
    text = shown(*(a_repository(name, branch=name, path=name) for name in names))
    assert len(text.split("\n")) == len(names) + 3
    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text


def test_a_table_fits_into_80_columns() -> None:
    long = a_repository(
        "a-very-long-name-" * 5,
        state="syncing",
        step="integrate",
        progress=0.5,
        branch="feature/" + "x" * 50,
        pending=1200,
        ahead=12,
        behind=12,
        next=Next(action="fetch", at=NOW + 300),
    )
    view = status_view(status_of(long, a_repository("docs")), NOW)
    for line in table_lines(view, 80):
        assert width_of("".join(cell.text for cell in line).rstrip()) <= 80


def test_plain_text_has_no_escapes_and_cuts_nothing(daemon: FakeDaemon, run: Run) -> None:
    name = "x" * 200
    daemon.do(lambda: daemon.served.repositories.update({name: a_repository(name)}))
    done = run("status")
    assert (done.code, done.err) == (0, "")
    assert name in done.out
    assert "\x1b" not in done.out


def test_json_is_the_daemons_answer_in_one_document(daemon: FakeDaemon, run: Run) -> None:
    done = run("status", "--json", "docs")
    assert done.out.count("\n") == 1
    assert [one["name"] for one in json.loads(done.out)["repositories"]] == ["docs"]


def test_rich_markup_in_names_stays_text_in_a_terminal(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    name = "[red]:smile:\x1b[2J"
    daemon.do(lambda: daemon.served.repositories.update({name: a_repository(name)}))
    text = in_a_terminal("status")
    assert rb"[red]:smile:\x1b[2J" in text
    assert b"\x1b[2J" not in text


def test_a_watched_status_in_a_pipe_is_printed_when_it_changes(daemon: FakeDaemon) -> None:
    with start("status", "--watch", "--json") as process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        daemon.do(lambda: daemon.served.set("docs", state="settling", pending=1))
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, complaint = process.communicate(timeout=60)
    assert [one["state"] for one in first["repositories"]] == ["idle", "idle"]
    assert [one["state"] for one in second["repositories"]] == ["settling", "idle"]
    assert (process.returncode, rest, complaint) == (130, b"", b"")


def test_a_watched_status_in_a_terminal_follows_and_restores_the_cursor(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal("status", "--watch") as seen:
        seen.until(lambda text: b"2 idle" in text)
        daemon.do(lambda: daemon.served.set("docs", state="offline", reason="no host"))
        seen.until(lambda text: b"no host" in text)
        seen.process.send_signal(signal.SIGINT)
        text = seen.rest()
        assert seen.process.returncode == 130
    assert text.rindex(b"\x1b[?25h") > text.rindex(b"\x1b[?25l")
    assert b"Traceback" not in text


def test_a_watched_status_looks_again_even_if_nothing_is_said(daemon: FakeDaemon) -> None:
    with start("status", "--watch", "--json") as process:
        assert process.stdout
        process.stdout.readline()
        changed = a_repository("docs", ahead=1)
        daemon.do(lambda: daemon.served.repositories.update({"docs": changed}))
        second = json.loads(process.stdout.readline())
        process.kill()
    assert second["repositories"][0]["ahead"] == 1


def test_a_storm_of_events_does_not_become_a_storm_of_requests(daemon: FakeDaemon) -> None:
    with start("status", "--watch", "--json") as process:
        assert process.stdout
        process.stdout.readline()
        began = time.monotonic()
        for number in range(1, 2001):
            daemon.do(lambda number=number: daemon.served.set("docs", pending=number))  # type: ignore[misc] # mypy can't infer lambdas with defaults
        while json.loads(process.stdout.readline())["repositories"][0]["pending"] < 2000:
            pass
        looks = sum(one[0] == "status" for one in daemon.served.asked)
        assert looks < 5 + 12 * (time.monotonic() - began + 1)
        process.kill()


def test_wait_returns_at_once_when_all_is_in_step(daemon: FakeDaemon, run: Run) -> None:
    done = run("status", "--wait")
    assert done.code == 0
    assert "2 idle" in done.out


def test_wait_returns_when_the_last_one_is_in_step(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="syncing", step="push", ahead=1))
    daemon.later(
        daemon.subscribed, lambda: daemon.served.set("docs", state="idle", step=None, ahead=0)
    )
    done = run("status", "--wait", "--json")
    assert done.code == 0
    assert done.out.count("\n") == 1
    assert json.loads(done.out)["repositories"][0]["state"] == "idle"


@pytest.mark.parametrize("facts", [{"ahead": 1}, {"behind": 1}])
def test_an_idle_repository_that_is_not_meant_to_push_or_pull_is_waited_for_no_longer(
    daemon: FakeDaemon, run: Run, facts: dict[str, int]
) -> None:
    daemon.do(lambda: daemon.served.set("docs", **facts))
    assert run("status", "--wait").code == 0


@pytest.mark.parametrize("facts", [{"pending": 1}])
def test_idle_with_something_left_to_do_is_not_in_step(
    daemon: FakeDaemon, run: Run, facts: dict[str, int]
) -> None:
    daemon.do(lambda: daemon.served.set("docs", **facts))
    nothing = dict.fromkeys(facts, 0)

    def looked_twice() -> bool:
        return sum(one[0] == "status" for one in daemon.served.asked) >= 2

    daemon.later(looked_twice, lambda: daemon.served.set("docs", **nothing))
    assert run("status", "--wait").code == 0
    assert all(getattr(daemon.served.repositories["docs"], name) == 0 for name in facts)


def test_a_repository_without_a_remote_is_in_step_when_idle(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(lambda: daemon.served.set("docs", remote=None, in_step=None))
    assert run("status", "--wait", "docs").code == 0


@pytest.mark.parametrize("state", ["blocked", "failed"])
def test_waiting_for_what_cannot_come_fails_at_once(
    daemon: FakeDaemon, run: Run, state: str
) -> None:
    error = trouble("x", "do that")
    daemon.do(lambda: daemon.served.set("notes", state=state, reason="a merge", last_error=error))
    done = run("status", "--wait", "--json")
    assert done.code == 1
    assert f"notes: {state}: a merge; do that" in done.complaint


def test_waiting_for_a_paused_repository_is_refused(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(lambda: daemon.served.set("notes", state="paused"))
    done = run("status", "--wait")
    assert done.code == 1
    assert "notes" in done.complaint
    assert "resume" in done.complaint


def test_waiting_ends_when_its_time_is_over_and_says_who_is_late(
    daemon: FakeDaemon, run: Run
) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="syncing", step="push"))
    daemon.do(lambda: daemon.served.set("notes", state="offline", reason="no route to host"))
    done = run("status", "--wait", "--timeout", "200ms")
    assert done.code == 1
    late = "docs is syncing push, notes is offline (no route to host)"
    assert f"cannot wait any longer: {late}; `autosyncctl status`" in done.complaint


def test_who_is_in_step_in_time_is_not_late(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="syncing", step="push"))
    daemon.later(
        lambda: daemon.subscribed() and daemon.asked("status"),
        lambda: daemon.served.set("docs", state="idle", step=None),
    )
    assert run("status", "--wait", "--timeout", "60s").code == 0


def test_others_do_not_matter_to_who_waits(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(lambda: daemon.served.set("notes", state="blocked", reason="a merge"))
    assert run("status", "--wait", "docs").code == 0


def test_a_repository_that_gets_blocked_ends_the_waiting(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="syncing"))
    daemon.later(
        daemon.subscribed,
        lambda: daemon.served.set("docs", state="blocked", reason="a conflict"),
    )
    done = run("status", "--wait")
    assert done.code == 1
    assert "a conflict" in done.complaint


def test_without_repositories_there_is_nothing_to_wait_for(
    daemon: FakeDaemon, run: Run, served: FakeServed
) -> None:
    daemon.do(served.repositories.clear)
    assert run("status", "--wait").code == 0


def test_lines_are_broken_between_words_and_commands_are_not_broken_at_all() -> None:
    said = (Cell("  one two three four five six", Tone.BAD),)
    assert rows(View(lines=(said,)), 14, colour=False) == [
        "  one two",
        "  three four",
        "  five six",
    ]
    command = (Cell("  rm a-very-long-name-of-a-file", Tone.COMMAND),)
    assert rows(View(lines=(command,)), 14, colour=False) == ["  rm a-very-long-name-of-a-file"]
    within = (Cell("  try `rm a-very-long-name of-a-file`, or not at all"),)
    assert rows(View(lines=(within,)), 14, colour=False) == [
        "  try",
        "  `rm a-very-long-name of-a-file`,",
        "  or not at",
        "  all",
    ]
    assert rows(View(lines=(said,), hang=4), 16, colour=False) == [
        "  one two three",
        "    four five",
        "    six",
    ]
    path = (Cell(f"see /{'x' * 30} there"),)
    assert rows(View(lines=(path,)), 14, colour=False) == ["see", f"/{'x' * 30}", "there"]


@given(st.lists(st.text("ab日 `\u0301", max_size=30), min_size=1), st.integers(1, 60))
def test_no_character_is_lost_where_lines_are_broken(texts: list[str], width: int) -> None:
    line = tuple(Cell(text) for text in texts)
    drawn = wrapped(line, width)
    whole = "".join(texts)
    parts = ["".join(cell.text for cell in row) for row in drawn]
    assert "".join(parts).replace(" ", "") == whole.replace(" ", "")
    for part in parts:
        fits = width_of(part.rstrip()) <= width
        assert fits or len(re.findall(r"`[^`]*`\S*|\S+", part.strip())) == 1
