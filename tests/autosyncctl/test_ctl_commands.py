"""What the commands ask for, print, and return."""

import json
import re
import resource
import signal
import time

import msgspec
import pytest

from autosyncctl.view import View, plain
from autosyncctl.views.events import event_line
from autosyncd.api import events as api
from autosyncd.api.types import DoctorResult, Finding
from autosyncd.errors import ConfigError
from autosyncd.version import VERSION
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon
from tests.autosyncctl.processes import start, terminal
from tests.control.fake_served import a_repository

NOW = time.mktime((2025, 12, 31, 14, 5, 9, 0, 0, -1))


def a_commit(number: int, repository: str = "notes") -> api.Committed:
    return api.Committed(
        time=NOW + number, repository=repository, commit="1a2b3c4d5e", subject=f"s{number}", files=1
    )


# --- pause and resume


def test_pause_says_what_and_until_when(daemon: FakeDaemon, run: Run) -> None:
    done = run("pause", "docs", "--for", "2h")
    assert done.code == 0
    assert re.fullmatch(r"paused docs until (\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\n", done.out)
    assert ("pause", ("docs",), 7200.0) in daemon.served.asked


def test_pause_without_an_end_says_so(daemon: FakeDaemon, run: Run) -> None:
    done = run("pause", "--all")
    assert done.out == "paused docs until it is resumed\npaused notes until it is resumed\n"


def test_a_pause_that_has_not_begun_yet_is_not_said_to_have(daemon: FakeDaemon, run: Run) -> None:
    served = daemon.served
    original = served.set

    def busy(name: str, **_: object) -> None:
        original(name, state="syncing", step="push")

    served.set = busy  # type: ignore[method-assign] # a worker that is still pushing
    assert run("pause", "docs").out == "docs will be paused, after what it does now (syncing)\n"


def test_resume_says_what(daemon: FakeDaemon, run: Run) -> None:
    assert run("resume", "docs", "notes").out == "resumed docs, notes\n"
    assert json.loads(run("resume", "--all", "--json").out) == {"repositories": ["docs", "notes"]}


# --- sync


def test_sync_prints_a_line_for_each_repository(daemon: FakeDaemon, run: Run) -> None:
    done = run("sync")
    assert (done.code, done.out, done.err) == (0, "docs   in step\nnotes  in step\n", "")


def test_a_sync_of_what_has_no_remote_is_not_called_in_step(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.apart["notes"] = "committed here only: it has no remote"
    done = run("sync")
    assert done.code == 0
    assert done.out == "docs   in step\nnotes  committed here only: it has no remote\n"
    found = json.loads(run("sync", "--json").out)["repositories"]
    assert [one["apart"] for one in found] == [None, "committed here only: it has no remote"]


def test_a_failed_sync_is_exit_code_1_with_its_error_on_stderr(
    daemon: FakeDaemon, run: Run
) -> None:
    daemon.served.sync_errors["notes"] = "cannot push: rejected"
    done = run("sync")
    assert (done.code, done.out) == (1, "docs   in step\nnotes  failed\n")
    assert done.complaint == "autosyncctl: cannot sync notes: it cannot push: rejected"


def test_a_failed_sync_for_programs_is_one_document_and_the_error(
    daemon: FakeDaemon, run: Run
) -> None:
    daemon.served.sync_errors["notes"] = "cannot push: rejected"
    done = run("sync", "notes", "--json")
    assert done.code == 1
    [notes] = json.loads(done.out)["repositories"]
    assert notes == {"name": "notes", "ok": False, "error": "cannot push: rejected", "apart": None}
    assert "rejected" in done.complaint


def test_sync_of_a_paused_repository_is_refused(daemon: FakeDaemon, run: Run) -> None:
    run("pause", "notes")
    done = run("sync", "notes")
    assert (done.code, done.out) == (1, "")
    assert "paused" in done.complaint


def test_sync_without_waiting_returns_at_once(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(daemon.served.may_sync.clear)
    done = run("sync", "docs", "--no-wait")
    assert (done.code, done.out) == (0, "docs  asked to sync\n")


def test_sync_waits_longer_than_any_other_answer_may_take(
    daemon: FakeDaemon, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncctl.client.ANSWER_LIMIT", 0.5)
    daemon.do(daemon.served.may_sync.clear)
    began = time.monotonic()
    daemon.later(lambda: time.monotonic() > began + 1.0, daemon.served.may_sync.set)
    assert run("sync", "docs").code == 0


def test_sync_in_a_terminal_shows_who_is_still_busy(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    served = daemon.served
    served.sync_errors["notes"] = "cannot push: rejected"
    daemon.do(served.may_sync.clear)
    with terminal("sync") as seen:
        seen.until(lambda text: b"syncing push" in text)
        daemon.do(lambda: served.set("docs", state="syncing", step="integrate"))
        seen.until(lambda text: b"syncing integrate" in text)
        far = daemon.served.repositories["docs"]
        far = msgspec.structs.replace(far, progress=0.42)
        daemon.do(lambda: served.repositories.update({"docs": far}))
        seen.until(lambda text: b"syncing integrate  42% \xe2\x96\x88" in text)
        daemon.do(served.may_sync.set)
        text = seen.rest()
        assert seen.process.returncode == 1
    outcome = text[text.rindex(b"in step") :]
    assert b"failed" in outcome
    assert b"cannot sync notes: it cannot push: rejected" in outcome


def test_sync_in_a_terminal_names_an_unknown_repository(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal("sync", "nonsense") as seen:
        text = seen.rest()
        assert (seen.process.returncode, b"nonsense" in text) == (4, True)


# --- events


def test_events_are_lines_oldest_first(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.happened = (a_commit(1), a_commit(2, "docs"))
    done = run("events")
    assert done.code == 0
    assert re.fullmatch(
        r"\S+ 14:05:10 notes  committed 1a2b3c4 s1\n\S+ 14:05:11 docs   committed 1a2b3c4 s2\n",
        done.out,
    )


def test_the_newest_50_are_shown_usually_and_all_since_a_moment(
    daemon: FakeDaemon, run: Run
) -> None:
    daemon.served.happened = tuple(a_commit(number) for number in range(60))
    assert run("events").out.count("\n") == 50
    assert run("events", "-n", "3").out.count("\n") == 3
    assert run("events", "--since", str(NOW)).out.count("\n") == 60
    assert run("events", "--since", str(NOW), "-n", "4").out.count("\n") == 4
    assert run("events", "-n", "0").out == ""


def test_events_for_programs_are_one_document(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.happened = (a_commit(1),)
    done = run("events", "--json")
    assert [one["kind"] for one in json.loads(done.out)["events"]] == ["committed"]


def test_followed_events_come_once_and_without_a_gap(daemon: FakeDaemon) -> None:
    both = a_commit(2)
    daemon.served.happened = (a_commit(1), both)
    # It happens after the subscription, and is in the journal all the same.
    daemon.served.meanwhile["events"] = lambda: daemon.served.bus.publish(both)
    with start("events", "--follow", "--json") as process:
        assert process.stdout
        subjects = [json.loads(process.stdout.readline())["subject"] for _ in range(2)]
        daemon.do(lambda: daemon.served.bus.publish(a_commit(3)))
        subjects.append(json.loads(process.stdout.readline())["subject"])
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert (subjects, rest) == (["s1", "s2", "s3"], b"")


def test_followed_events_are_those_of_the_repositories_asked_for(daemon: FakeDaemon) -> None:
    def publish() -> None:
        for name in ("notes", "docs"):
            daemon.served.bus.publish(a_commit(1, name))

    with start("events", "docs", "--follow", "--json") as process:
        assert process.stdout
        daemon.later(lambda: daemon.subscribed() and daemon.asked("events"), publish)
        assert json.loads(process.stdout.readline())["repository"] == "docs"
        process.kill()


EVERY_EVENT: tuple[tuple[api.Event, str], ...] = (
    (api.StateChanged(time=NOW, state="syncing", step="push"), "syncing push"),
    (api.StateChanged(time=NOW, state="blocked", reason="a merge"), "blocked: a merge"),
    (a_commit(0), "committed 1a2b3c4 s0"),
    (
        api.Pushed(time=NOW, commit="1a2b3c4d", remote="o", url=None, branch="b", commits=2),
        "pushed 1a2b3c4 to o/b (2 commits)",
    ),
    (
        api.Integrated(
            time=NOW, commit="1a2b3c4d", previous=None, remote="o", how="fast-forward", files=1
        ),
        "integrated 1a2b3c4 from o (fast-forward, 1 file)",
    ),
    (api.Conflict(time=NOW, paths=("a", "b"), detail="both"), "conflict in a, b: both"),
    (api.Held(time=NOW, path="p", why="big", hint="approve"), "held p: big; approve"),
    (
        api.Problem(time=NOW, operation="push", message="no", hint="do"),
        "problem: cannot push: no; do",
    ),
    (api.Solved(time=NOW, operation="push", message="yes"), "solved: yes"),
    (api.Announced(time=NOW, channel="xmpp", commit="1a2b3c4d"), "announced 1a2b3c4 over xmpp"),
    (
        api.Heard(time=NOW, channel="xmpp", sender="x", commit="1a2b3c4d"),
        "heard of 1a2b3c4 from x over xmpp",
    ),
    (api.Heard(time=NOW, channel="xmpp", sender="x"), "heard of a push from x over xmpp"),
    (api.Peer(time=NOW, peer="x", detail="there"), "peer x: there"),
    (api.DaemonEvent(time=NOW, what="started"), "started"),
    (api.DaemonEvent(time=NOW, what="lost", detail="3"), "lost: 3"),
)


@pytest.mark.parametrize(("event", "sentence"), EVERY_EVENT)
def test_every_kind_of_event_has_its_sentence(event: api.Event, sentence: str) -> None:
    line = plain(View(lines=(event_line(event, NOW),)))
    assert line.startswith("14:05:09 ")
    assert line.endswith(f"  {sentence}")


def test_a_state_does_not_tell_the_problem_before_it_again(daemon: FakeDaemon, run: Run) -> None:
    problem = api.Problem(
        time=NOW, repository="docs", operation="inspect", message="a merge", hint="end it"
    )
    blocked = api.StateChanged(
        time=NOW, repository="docs", state="blocked", reason="a merge; end it"
    )
    other = msgspec.structs.replace(blocked, repository="notes")
    daemon.served.happened = (problem, blocked, other)
    lines = [line.split("  ", 1)[1].strip() for line in run("events").out.splitlines()]
    assert lines == ["problem: a merge; end it", "blocked", "blocked: a merge; end it"]


def test_where_there_is_nothing_it_is_said(daemon: FakeDaemon, run: Run) -> None:
    assert run("events").out == "no such events\n"
    assert run("events", "--json").out == '{"events":[]}\n'
    daemon.do(daemon.served.repositories.clear)
    assert run("pause", "--all").out == "nothing to pause\n"


def test_a_conflict_names_its_path_once(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.happened = (api.Conflict(time=NOW, paths=("a b",), detail="a b: changed twice"),)
    assert run("events").out.endswith("conflict in a b: changed twice\n")


def test_every_kind_is_among_them() -> None:
    assert {api.kind_of(event) for event, _ in EVERY_EVENT} == set(api.KINDS)


def test_an_event_is_one_line_whatever_is_in_it(daemon: FakeDaemon, run: Run) -> None:
    event = api.Problem(time=NOW, repository="a\nb", operation="\x1b[2J", message="x\ny\r\n")
    daemon.served.happened = (event,)
    done = run("events")
    assert done.out.count("\n") == 1
    assert "\x1b" not in done.out


# --- the others


def test_reload_says_what_has_changed(daemon: FakeDaemon, run: Run) -> None:
    assert run("reload").out == "reloaded: added new\n"
    assert json.loads(run("reload", "--json").out) == {
        "added": ["new"],
        "changed": [],
        "removed": [],
    }


def test_one_mistake_in_the_configuration_is_one_line(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.trouble["reload"] = ConfigError(("f.yaml:1: a: wrong",))
    done = run("reload")
    assert (done.code, done.out) == (1, "")
    assert "f.yaml:1: a: wrong; the running configuration is kept" in done.complaint


def test_each_mistake_in_the_configuration_gets_its_line(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.trouble["reload"] = ConfigError(("f:1: a: wrong", "f:2: b: wrong"))
    done = run("reload")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "autosyncctl: f:1: a: wrong",
        "autosyncctl: f:2: b: wrong",
        "autosyncctl: cannot reload: 2 mistakes; the running configuration is kept",
    ]


def test_a_healthy_doctor_is_exit_code_0(daemon: FakeDaemon, run: Run) -> None:
    assert (run("doctor").code, run("doctor").out) == (0, "no problems found\n")


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_a_problem_that_doctor_finds_is_exit_code_1(
    daemon: FakeDaemon, run: Run, json_too: list[str]
) -> None:
    finding = Finding(repository="docs", level="problem", message="no identity", hint="set it")
    daemon.served.diagnosis = DoctorResult(ok=False, findings=(finding,))
    done = run("doctor", *json_too)
    assert done.code == 1
    assert "1 problem" in done.complaint
    if json_too:
        assert json.loads(done.out)["findings"][0]["hint"] == "set it"
    else:
        assert done.out.startswith("problem docs: no identity\n        set it\n")


def test_version_shows_both(daemon: FakeDaemon, run: Run) -> None:
    out = run("version").out
    assert re.fullmatch(rf"autosyncctl {VERSION}\nautosyncd {VERSION}, process \d+\n", out)


def test_stop_returns_when_the_daemon_has_gone(daemon: FakeDaemon, run: Run) -> None:
    done = run("stop")
    assert (done.code, done.out) == (0, "autosyncd has stopped\n")
    assert not daemon.path.exists()
    assert run("status").code == 3


def test_a_daemon_that_does_not_stop_is_a_failure(
    daemon: FakeDaemon, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncctl.commands.stop.STOP_LIMIT", 0.1)
    daemon.served.on_stop = lambda: None
    done = run("stop")
    assert (done.code, done.out) == (1, "")
    assert "still runs" in done.complaint


def test_status_with_100_repositories_costs_little_cpu(daemon: FakeDaemon) -> None:
    """CPU, since wall time here is also that of whatever else the machine does."""
    many = {f"r{number}": a_repository(f"r{number}") for number in range(100)}
    daemon.do(lambda: daemon.served.repositories.update(many))
    took = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with start("status") as process:
            process.communicate(timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.15
