"""What `add`, `clone` and `remove` ask and show, and how to start the daemon."""

import json
import socket
from pathlib import Path

import msgspec
import pytest

from autosyncctl.starting import how_to_start
from autosyncd.api.locate import SYSTEM_SOCKET
from autosyncd.api.types import HeldPath, Preview
from autosyncd.errors import RepositoryFailedError
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon
from tests.autosyncctl.processes import in_a_terminal


def test_paths_are_sent_absolute_and_settings_by_their_keys(
    run: Run, daemon: FakeDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disk.git").mkdir()
    run("add", "docs", "--remote", "me@host:x.git", "--set", "settle=1s", "-s", "env={A: b=c}")
    run("add", "docs", "--remote", "disk.git", "--dry-run")
    run("add", "docs", "--remote", "typo")
    run("clone", "./disk.git", "new")
    here = str(tmp_path)
    assert daemon.served.asked == [
        ("add", f"{here}/docs", "me@host:x.git", {"settle": "1s", "env": "{A: b=c}"}, False),
        ("add", f"{here}/docs", f"{here}/disk.git", {}, True),
        ("add", f"{here}/docs", "typo", {}, False),
        ("clone", f"{here}/disk.git", f"{here}/new", {}),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "/x/\udce9"),
        ("add", "/x", "--remote", "/\udce9"),
        ("clone", "/r.git", "/x/\udce9/y"),
    ],
)
def test_a_name_that_no_configuration_can_hold_is_refused_and_no_other_one_is_made(
    run: Run, daemon: FakeDaemon, words: tuple[str, ...]
) -> None:
    done = run(*words)
    assert done.code == 2
    assert "\\xe9" in done.complaint
    assert "is not UTF-8, and can't be written into a configuration" in done.complaint
    assert daemon.served.asked == []


def test_what_is_held_is_listed_with_its_cure(run: Run, daemon: FakeDaemon) -> None:
    held = HeldPath(repository="docs", path="id\x1b[2J", why="it holds a key", hint="take it out")
    added = daemon.served.added
    look = Preview(files=1, bytes=12_345, held=(held,), more=3)
    alone = msgspec.structs.replace(added, preview=look, apart="committed here only")
    daemon.served.added = alone
    done = run("add", "/docs")
    assert done.out.splitlines() == [
        "did it",
        "to commit: 1 file (12.3 KB)",
        "4 paths are left out on purpose:",
        "  id\\x1b[2J  it holds a key",
        "    take it out",
        "  and 3 more; `autosyncctl held` lists them all",
        "docs is under autosync",
        "it has no remote: its commits stay on this machine until it gets one: "
        "`autosyncctl add /docs --remote URL`",
    ]
    daemon.served.added = msgspec.structs.replace(alone, preview=None)
    assert "docs is under autosync; committed here only" in run("add", "/docs").out
    daemon.served.added = msgspec.structs.replace(alone, preview=None, apart=None)
    assert "docs is in step with its remote" in run("add", "/docs").out
    assert b"did it" in in_a_terminal("add", "/docs")


def test_one_that_is_not_in_step_yet_is_exit_code_1(run: Run, daemon: FakeDaemon) -> None:
    daemon.served.added = msgspec.structs.replace(daemon.served.added, error="the server is down")
    done = run("add", "/docs", "--json")
    assert done.code == 1
    assert json.loads(done.out)["error"] == "the server is down"
    assert "cannot sync docs yet: the server is down; it is tried again" in done.complaint


def test_remove_says_that_the_repository_is_as_it_was(run: Run, daemon: FakeDaemon) -> None:
    done = run("remove", "docs")
    assert done.out == (
        "docs is not watched any more (its entry was in /c/docs.yaml); /home/me/docs is as it was\n"
    )
    daemon.served.trouble["remove"] = RepositoryFailedError("cannot remove docs", hint="by hand")
    assert run("remove", "notes").code == 1
    assert run("remove", "nothing").code == 4


def test_who_has_no_configuration_is_told_to_begin_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncctl.starting._SYSTEMD", tmp_path)
    monkeypatch.setattr("autosyncctl.starting._program", lambda: "autosyncd")
    monkeypatch.setattr("autosyncctl.starting._USER_UNITS", ())
    monkeypatch.setattr("autosyncctl.starting._SYSTEM_UNITS", (str(tmp_path / "system"),))
    root = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    runtime = tmp_path / "runtime"
    session = {**root, "XDG_RUNTIME_DIR": str(runtime)}
    usual = runtime / "autosync" / "control.sock"
    assert how_to_start(session, usual, uid=1000) == "`autosyncd --init &`"
    file = tmp_path / "config" / "autosync" / "autosync.yaml"
    file.parent.mkdir(parents=True)
    file.touch()
    assert how_to_start(session, usual, uid=1000) == "`autosyncd &`"
    (runtime / "systemd").mkdir(parents=True)
    said = how_to_start(session, usual, uid=1000)
    assert said == "`autosyncctl service install`, or only for now `autosyncd &`"
    _touch(tmp_path / "config" / "systemd" / "user" / "autosyncd.service")
    assert how_to_start(session, usual, uid=1000) == "`systemctl --user enable --now autosyncd`"
    _touch(tmp_path / "system" / "autosync.service")
    assert how_to_start(root, SYSTEM_SOCKET, uid=0) == "`systemctl enable --now autosync`"


def test_who_named_another_socket_is_told_how_to_start_a_daemon_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autosyncctl.starting._program", lambda: "autosyncd")
    session = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    other = tmp_path / "my socket"
    typed = f"`autosyncd --init --socket '{other}' &`"
    assert how_to_start(session, other, uid=1000) == typed
    named = {**session, "AUTOSYNC_SOCKET": str(other)}
    assert how_to_start(named, other, uid=1000) == "`autosyncd --init &`"
    usual = tmp_path / "autosync" / "control.sock"
    usual.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(usual))
        said = how_to_start(session, other, uid=1000)
    assert said == f"{typed}, or leave --socket out: there is one at {usual}"


def _touch(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.touch()
