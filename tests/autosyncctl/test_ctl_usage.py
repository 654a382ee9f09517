"""Options, exit codes, and errors in one line."""

import json
import os
import re
import resource
import shlex
import signal
import socket as net
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autosyncctl.cli import COMMANDS, parser
from autosyncctl.examples import USAGES
from autosyncd.errors import AutosyncError
from autosyncd.version import VERSION
from tests.autosyncctl.conftest import Ran, Run
from tests.autosyncctl.fake_daemon import FakeDaemon
from tests.autosyncctl.processes import ROOT, in_a_terminal, start
from tests.control.fake_served import a_repository

NAMES = tuple(COMMANDS)


@pytest.mark.parametrize(
    "argv",
    [
        ["--socket", "{}", "--json", "version"],
        ["version", "--json", "--socket", "{}"],
        ["--json", "version", "--socket", "{}", "--no-color"],
    ],
)
def test_global_options_are_taken_before_and_after_the_command(
    daemon: FakeDaemon, run: Run, monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.delenv("AUTOSYNC_SOCKET")
    done = run(*(word.format(daemon.path) for word in argv))
    assert (done.code, json.loads(done.out)["version"]) == (0, VERSION)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(run: Run, name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: autosyncctl {name}")
    assert "--socket" in done.out
    for example in USAGES[name].examples:
        assert f"  {example.line}  " in done.out
    for code in USAGES[name].codes:
        assert f"\n  {code}\n" in done.out
    sentence = done.out.split("\n\n")[1]
    assert sentence[0].isupper()
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_a_right_command_line(name: str) -> None:
    assert USAGES[name].examples
    for example in USAGES[name].examples:
        found = re.search(r"autosyncctl [^>)]+", example.line)
        assert found
        words = shlex.split(found[0])[1:]
        assert words[0] == name
        assert parser().parse_args(words).command == name


def test_the_help_of_each_command_is_on_its_own() -> None:
    assert list(USAGES) == list(COMMANDS)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("statsu", "there is no command 'statsu' (did you mean status?)"),
        ("--sockt x status", "there is no option --sockt (did you mean --socket?)"),
        ("status --jsn", "there is no option --jsn (did you mean --json?)"),
        ("sync --al", "there is no option --al; see `autosyncctl sync --help`"),
        ("reload docs", "there is one word too many: 'docs'"),
        ("restore x", "--at is missing"),
        ("", "no command is given; for example `autosyncctl status`"),
        ("conflicts --keep oter x", "--keep can't be 'oter' (did you mean other?); allowed: this,"),
        ("pause x --for", "--for needs a value"),
        ("conflicts --diff --keep this x", "--keep and --diff exclude each other"),
        ("completion fisch", "'fisch' is none (did you mean fish?); allowed: bash, zsh, fish"),
        ("events --kind pusht", "'pusht' is no kind (did you mean pushed?); allowed: state,"),
        ("status --timeout 5s", "--timeout needs --wait"),
        ("service instal", "can't be 'instal' (did you mean install?)"),
    ],
)
def test_a_slip_is_said_with_what_was_meant(run: Run, typed: str, said: str) -> None:
    done = run(*typed.split())
    assert (done.code, done.out) == (2, "")
    assert said in done.complaint


@pytest.mark.parametrize("name", ["sync", "pause", "approve", "remove", "doctor", "held"])
def test_an_unknown_repository_is_said_with_what_was_to_be_done_and_what_was_meant(
    daemon: FakeDaemon, run: Run, name: str
) -> None:
    done = run(name, "nots")
    assert done.code == 4
    verb = {"doctor": "check", "held": "list what is held"}.get(name, name)
    said = f"cannot {verb}: no repository 'nots' is watched (did you mean notes?); `autosyncctl"
    assert said in done.complaint


def test_a_name_that_two_have_is_said_to_be_either(daemon: FakeDaemon, run: Run) -> None:
    both = {path: a_repository(path, path=path) for path in ("/a/photos", "/b/photos")}
    daemon.do(lambda: daemon.served.repositories.update(both))
    done = run("sync", "photos")
    assert done.code == 4
    assert "'photos' can be any of /a/photos, /b/photos; say it by its path" in done.complaint


def test_help_and_version_need_no_daemon(run: Run) -> None:
    assert run("--version").out == f"autosyncctl {VERSION}\n"
    help_ = run("--help")
    assert help_.code == 0
    assert all(name in help_.out for name in NAMES)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["nonsense"],
        ["status", "--nonsense"],
        ["stat"],
        ["status", "--watc"],
        ["pause"],
        ["pause", "docs", "--all"],
        ["resume"],
        ["pause", "--all", "--for", "soon"],
        ["pause", "--all", "--for", "0"],
        ["pause", "--all", "--for", "-5"],
        ["events", "-n", "many"],
        ["events", "-n", "-1"],
        ["events", "--since", "some day"],
        ["reload", "docs"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    daemon: FakeDaemon, run: Run, argv: list[str]
) -> None:
    done = run(*argv)
    assert (done.code, done.out) == (2, "")
    assert "--help" in done.complaint
    assert daemon.served.asked == []


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_without_a_daemon_the_exit_code_is_3(
    run: Run, socket_file: Path, json_too: list[str]
) -> None:
    done = run("status", *json_too)
    assert (done.code, done.out) == (3, "")
    assert f"nothing answers at {socket_file}" in done.complaint
    assert "start it: `" in done.complaint


def test_a_socket_that_nobody_serves_any_more_is_no_daemon(run: Run, socket_file: Path) -> None:
    socket_file.parent.mkdir()
    with net.socket(net.AF_UNIX) as dead:
        dead.bind(str(socket_file))
    assert run("status").code == 3


def test_our_own_version_is_said_even_without_a_daemon(run: Run, socket_file: Path) -> None:
    done = run("version")
    assert (done.code, done.out) == (3, f"autosyncctl {VERSION}\n")


def test_a_socket_path_that_is_too_long_is_wrong_usage(run: Run) -> None:
    done = run("status", "--socket", f"/tmp/{'x' * 103}")
    assert done.code == 2
    assert "107" in done.complaint


def test_without_any_idea_of_the_socket_the_options_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    done = run("status")
    assert done.code == 2
    assert "--socket" in done.complaint


@pytest.mark.parametrize("name", ["status", "sync", "events", "doctor", "pause", "resume"])
@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_an_unknown_repository_is_exit_code_4(
    daemon: FakeDaemon, run: Run, name: str, json_too: list[str]
) -> None:
    done = run(name, "nonsense", *json_too)
    assert (done.code, done.out) == (4, "")
    assert "nonsense" in done.complaint


def test_names_win_over_paths(
    daemon: FakeDaemon, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run("sync", "docs").code == 0
    assert ("sync", ("docs",), True) in daemon.served.asked


@pytest.mark.parametrize("word", [".", "..", "sub", "./sub", "sub/../sub", "gone/deep"])
def test_a_path_in_a_repository_stands_for_it(
    daemon: FakeDaemon,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
) -> None:
    root = tmp_path.resolve() / "root"
    (root / "here" / "sub").mkdir(parents=True)
    monkeypatch.chdir(root / "here")
    daemon.do(lambda: daemon.served.set("notes", path=str(root)))
    done = run("status", "notes", word, "--json")
    assert done.code == 0
    assert [one["name"] for one in json.loads(done.out)["repositories"]] == ["notes", "notes"]
    sent = daemon.served.asked[-1][1]
    assert isinstance(sent, tuple)
    assert sent[1].startswith(str(root))
    assert ".." not in sent[1]


def test_a_path_that_leaves_a_repository_by_dots_is_outside_of_it(
    daemon: FakeDaemon, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root").mkdir()
    monkeypatch.chdir(tmp_path)
    daemon.do(lambda: daemon.served.set("notes", path=str(tmp_path / "root")))
    assert run("sync", "root/../elsewhere").code == 4


def test_a_name_that_is_not_utf8_can_be_asked_for(daemon: FakeDaemon, run: Run) -> None:
    done = run("status", "caf\udce9")
    assert done.code == 4
    assert "caf" in done.complaint


@pytest.mark.parametrize("name", ["status", "version", "doctor"])
def test_what_the_daemon_could_not_do_is_exit_code_1(
    daemon: FakeDaemon, run: Run, name: str
) -> None:
    daemon.served.trouble[name] = AutosyncError("cannot do it:\nit rains", hint="wait")
    done = run(name, "--json")
    assert (done.code, done.out) == (1, "")
    assert "cannot do it: it rains; wait" in done.complaint


def test_a_complaint_cannot_control_the_terminal(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.trouble["status"] = AutosyncError("cannot \x1b[2J do it")
    assert run("status").complaint == r"autosyncctl: cannot \x1b[2J do it"


def test_a_daemon_that_goes_away_in_the_middle_is_a_failure(daemon: FakeDaemon, run: Run) -> None:
    daemon.do(daemon.served.may_sync.clear)
    daemon.later(lambda: daemon.asked("sync"), daemon.served.on_stop)
    done = run("sync")
    assert done.code == 1
    assert "closed the connection" in done.complaint


def test_an_answer_of_another_version_is_explained(run: Run, socket_file: Path) -> None:
    done = _answered_by_hand(run, socket_file, b'{"jsonrpc":"2.0","id":1,"result":{"new":1}}\n')
    assert done.code == 1
    assert "`autosyncctl version`" in done.complaint


@pytest.mark.parametrize(
    "error",
    [
        b'{"code":-32601,"message":"there is no method status"}',
        b'{"code":-32602,"message":"cannot show the status: Object contains unknown field `x`"}',
    ],
)
def test_a_daemon_that_is_older_is_said_to_be(run: Run, socket_file: Path, error: bytes) -> None:
    line = b'{"jsonrpc":"2.0","id":1,"error":' + error + b"}\n"
    done = _answered_by_hand(run, socket_file, line)
    assert done.code == 1
    assert "this autosyncd is of another version; restart it" in done.complaint


def test_answers_to_other_requests_are_not_mixed_up(run: Run, socket_file: Path) -> None:
    other = b'{"jsonrpc":"2.0","id":99,"result":{}}\n'
    ours = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no such thing"}}\n'
    assert _answered_by_hand(run, socket_file, other + ours).code == 4


def test_an_answer_that_is_no_json_is_explained(run: Run, socket_file: Path) -> None:
    assert "cannot understand" in _answered_by_hand(run, socket_file, b"\xff\n").complaint


def _answered_by_hand(run: Run, path: Path, line: bytes) -> Ran:
    path.parent.mkdir()
    with net.socket(net.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(9999)
                peer.sendall(line)

        thread = threading.Thread(target=serve)
        thread.start()
        done = run("status")
        thread.join()
    return done


def test_a_closed_pipe_is_quiet(daemon: FakeDaemon) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start("status", stdout=writer) as process:
        os.close(writer)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (141, b"")


def test_a_full_disk_is_no_success(daemon: FakeDaemon) -> None:
    with open("/dev/full", "wb") as full, start("status", stdout=full) as process:
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint.count(b"\n") == 1
    assert b"cannot write" in complaint


def test_an_interrupt_is_quiet(daemon: FakeDaemon) -> None:
    with start("events", "--follow") as process:
        daemon.do(lambda: None)
        _until_subscribed(daemon)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, b"")


def _until_subscribed(daemon: FakeDaemon) -> None:
    seen = threading.Event()
    daemon.later(lambda: daemon.subscribed() and daemon.asked("events"), seen.set)
    assert seen.wait(20)


HEAVY = ("asyncio", "yaml", "rich", "slixmpp", "pathspec", "sqlite3", "logging", "subprocess")


def test_the_client_loads_only_what_it_needs() -> None:
    code = "import sys, autosyncctl.client; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    loaded = done.stdout.split()
    ours = {name for name in loaded if name.split(".")[0] in ("autosyncd", "autosyncctl")}
    api = {name for name in ours if name.startswith("autosyncd.api")}
    assert ours - api == {"autosyncctl", "autosyncctl.client", "autosyncd", "autosyncd.errors"}
    foreign = {name.split(".")[0] for name in loaded if not name.startswith("__")}
    strangers = foreign - set(sys.stdlib_module_names) - {"autosyncd", "autosyncctl"}
    # What the start of Python loads by itself (site, .pth files) is not the client's doing.
    bare = subprocess.run(
        [sys.executable, "-c", "import sys, msgspec; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert strangers <= {name.split(".")[0] for name in bare.stdout.split()}


def test_a_status_for_programs_imports_nothing_heavy(daemon: FakeDaemon) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "autosyncctl", "status", "--json"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.split("\n")}
    assert "autosyncctl" in imported
    assert not imported & set(HEAVY)


@pytest.mark.parametrize("command", ["status", "events", "held", "conflicts", "doctor"])
def test_also_in_a_terminal_nothing_heavy_is_imported(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    shown = in_a_terminal(command).decode()
    imported = {
        line.rpartition("|")[2].strip().split(".")[0]
        for line in shown.splitlines()
        if line.startswith("import time:")
    }
    assert "autosyncctl" in imported
    assert not imported & set(HEAVY)


@pytest.mark.usefixtures("daemon")
def test_a_status_costs_little_more_than_what_it_can_not_do_without() -> None:
    """Measured: 1.4 (Python 3.11) to 1.9 times (3.13), 65 to 80 ms of CPU on a slow machine."""

    def cpu_of(*argv: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *argv], cwd=ROOT, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare = min(cpu_of("-c", "import argparse, msgspec, socket") for _ in range(5))
    status = min(cpu_of("-m", "autosyncctl", "status") for _ in range(5))
    assert status < 2.6 * bare


def test_json_is_utf8_whatever_the_locale(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.do(lambda: daemon.served.set("docs", branch="grün"))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with start("status", "docs", "--json") as process:
        out, _ = process.communicate(timeout=60)
    assert json.loads(out)["repositories"][0]["branch"] == "grün"
    with start("status", "docs") as process:
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, rb"gr\xfcn" in out) == (0, True)


def test_signs_that_a_locale_has_not_are_replaced_by_its_own(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.do(lambda: daemon.served.set("docs", state="syncing", progress=0.5, ahead=2, behind=1))
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    with start("status", "docs") as process:
        out, _ = process.communicate(timeout=60)
    assert b"^2 v1" in out
    assert b"50%" in out
    assert b"######......" in out
    assert out.isascii()


@pytest.mark.parametrize("argv", [["status", "--help"], ["completion", "zsh"], ["events", "-h"]])
def test_help_and_scripts_come_whatever_the_locale(
    monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with start(*argv) as process:
        out, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint) == (0, b"")
    assert b"autosyncctl" in out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--confg", "x"], "there is no option --confg (did you mean --config?)"),
        (["--log-level", "inf"], "--log-level can't be 'inf' (did you mean info?); allowed: debug"),
        (["--socket"], "--socket needs a value"),
    ],
)
def test_a_slip_on_the_daemons_command_line_is_one_line_too(typed: list[str], said: str) -> None:
    words = [sys.executable, "-m", "autosyncd", *typed]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"autosyncd: cannot start: {said}")


def test_names_that_a_locale_has_not_keep_the_table_in_line(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("日本語", "café"):
        daemon.do(lambda name=name: daemon.served.repositories.update({name: a_repository(name)}))  # type: ignore[misc] # mypy can't infer lambdas with defaults
    for encoding, shown in (("ascii", b"caf\\xe9"), ("latin-1", "café".encode("latin-1"))):
        monkeypatch.setenv("PYTHONIOENCODING", encoding)
        with start("status") as process:
            out, _ = process.communicate(timeout=60)
        table = out.split(b"\n\n")[0].splitlines()
        assert shown in out
        assert len({line.find(b" idle ") for line in table[1:]}) == 1


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    daemon: FakeDaemon,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    coloured: bool,
) -> None:
    for name, value in {"TERM": "xterm-256color", **variables}.items():
        monkeypatch.setenv(name, value)
    assert (b"\x1b[32m" in in_a_terminal("status")) == coloured
    assert b"\x1b[32m" not in in_a_terminal("status", "--no-color")


def test_a_dumb_terminal_gets_plain_text(
    daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    name = "x" * 200
    daemon.do(lambda: daemon.served.repositories.update({name: a_repository(name)}))
    shown = in_a_terminal("status")
    assert name.encode() in shown
    assert b"\x1b" not in shown
