"""One real daemon: many repositories, bad input, signals, sockets, exit codes."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import BIN, QUICK, Machine, bare_remote, git, until

pytestmark = pytest.mark.system

REPOSITORIES = 150


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    yield made
    made.stop()


@pytest.fixture
def docs(tmp_path: Path, machine: Machine) -> Path:
    return machine.clone(bare_remote(tmp_path))


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(600)
def test_a_hundred_and_fifty_repositories_are_watched_and_a_change_in_any_is_pushed(
    tmp_path: Path, machine: Machine
) -> None:
    seed = machine.clone(bare_remote(tmp_path), "seed")
    (seed / "readme").write_text("hello\n")
    machine.git_home("-C", "seed", "add", "-A")
    machine.git_home("-C", "seed", "commit", "-q", "-m", "seed")
    remotes, paths = tmp_path / "remotes", machine.home / "many"
    machine.git_home("clone", "-q", "--bare", str(seed), str(remotes / "0.git"))
    begun = _tip(remotes / "0.git")
    for number in range(1, REPOSITORIES):
        shutil.copytree(remotes / "0.git", remotes / f"{number}.git")
    for number in range(REPOSITORIES):
        machine.git_home("clone", "-q", str(remotes / f"{number}.git"), str(paths / f"r{number}"))
    entries = "".join(f"  - ~/many/r{number}\n" for number in range(REPOSITORIES))
    quick = QUICK.replace("pull_interval: 2s", "pull_interval: 0")
    machine.start(f"{quick}repositories:\n{entries}")
    until(lambda: all(e["state"] == "idle" for e in machine.status()), "all rest", limit=300)
    assert len(machine.status()) == REPOSITORIES
    assert all(entry["watches"] >= 1 for entry in machine.status())
    for number in range(REPOSITORIES):
        (paths / f"r{number}" / "change").write_text(f"{number}\n")
    every = [remotes / f"{number}.git" for number in range(REPOSITORIES)]
    until(lambda: all(_tip(remote) != begun for remote in every), "all are pushed", limit=300)
    assert all(git(remote, "ls-tree", "main", "change") for remote in every)
    assert "Traceback" not in machine.diary()


def _tip(remote: Path) -> str:
    """Its branch; git packs the refs of a clone."""
    ref = remote / "refs" / "heads" / "main"
    return ref.read_text() if ref.exists() else (remote / "packed-refs").read_text()


def test_with_a_path_no_configuration_is_needed(machine: Machine, docs: Path) -> None:
    machine.start(None, str(docs))
    assert machine.repository()["path"] == str(docs)
    assert machine.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_on_signals(machine: Machine, docs: Path, number: signal.Signals) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    assert machine.stop(number) == 0
    assert not machine.socket.exists()
    assert machine.ctl("status").returncode == 3


def test_sighup_reloads_and_a_mistake_keeps_the_running_configuration(
    machine: Machine, docs: Path
) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    assert machine.process is not None
    machine.config.write_text(f"repositories:\n  - path: {docs}\n    setle: 1s\n")
    machine.process.send_signal(signal.SIGHUP)
    until(lambda: "did you mean settle" in machine.diary(), "the mistake is named")
    assert machine.repository()["path"] == str(docs)
    other = machine.clone(docs.parent.parent / "remote.git", "other")
    machine.config.write_text(f"{QUICK}repositories:\n  - {docs}\n  - {other}\n")
    machine.process.send_signal(signal.SIGHUP)
    until(lambda: len(machine.status()) == 2, "the new repository is there")


def test_reload_by_the_client_names_every_mistake_and_fails(machine: Machine, docs: Path) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    machine.config.write_text("repositories:\n  - path: /x\n    setle: 1s\n    pushdelay: 2\n")
    answer = machine.ctl("reload")
    assert answer.returncode == 1
    assert "setle" in answer.stderr
    assert "pushdelay" in answer.stderr


def test_check_prints_every_mistake_with_file_and_line(machine: Machine) -> None:
    machine.config.write_text(
        "defaults:\n  settle: soon\nrepositories:\n  - path: ~/docs\n    nam: x\n"
    )
    answer = _autosyncd(machine, "--check", "--config", str(machine.config))
    assert answer.returncode == 2
    said = answer.stdout + answer.stderr
    assert f"{machine.config}:2: defaults.settle" in said
    assert f"{machine.config}:5: repositories[0].nam" in said
    machine.config.write_text("repositories:\n  - ~/docs\n")
    answer = _autosyncd(machine, "--check", "--config", str(machine.config))
    assert answer.returncode == 0


def test_wrong_use_ends_with_two_and_one_line(machine: Machine) -> None:
    for arguments in ([], ["--config", "/no/such/file"], ["--socket", f"/tmp/{'x' * 120}", "/tmp"]):
        answer = _autosyncd(machine, *arguments)
        assert answer.returncode == 2, arguments
        assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
        assert "Traceback" not in answer.stderr


def test_a_second_daemon_on_the_same_socket_ends_with_three(machine: Machine, docs: Path) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    answer = _autosyncd(machine, "--config", str(machine.config))
    assert answer.returncode == 3
    assert machine.answers()


def test_the_socket_of_a_killed_daemon_is_taken_over(machine: Machine, docs: Path) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    machine.stop(signal.SIGKILL)
    assert machine.socket.exists()
    machine.start()
    assert machine.answers()
    assert os.stat(machine.socket).st_mode & 0o777 == 0o600
    assert os.stat(machine.socket.parent).st_mode & 0o777 == 0o700


def test_events_outlive_a_restart(machine: Machine, docs: Path) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    (docs / "a").write_text("x")
    wanted = {"committed", "pushed", "daemon"}
    until(lambda: wanted <= kinds_of_events(machine), "it is pushed, and written down")
    machine.stop(signal.SIGKILL)
    machine.start()
    assert wanted <= kinds_of_events(machine)


def kinds_of_events(machine: Machine) -> set[str]:
    events = json.loads(machine.ctl("events", "--json").stdout)["events"]
    return {event["kind"] for event in events}


def test_the_service_manager_is_told(machine: Machine, docs: Path, tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(60)
        environment = {**machine.environment, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "200000"}
        with subprocess.Popen(
            [str(BIN / "autosyncd"), str(docs)], env=environment, stderr=subprocess.DEVNULL
        ) as daemon:
            said = b""
            while b"READY=1" not in said or b"WATCHDOG=1" not in said:
                said += listener.recv(4096) + b"\n"
            daemon.terminate()
            while b"STOPPING=1" not in said:
                said += listener.recv(4096) + b"\n"
            assert daemon.wait(timeout=60) == 0


def test_a_line_can_be_sent_by_hand(machine: Machine, docs: Path) -> None:
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(str(machine.socket))
        client.sendall(b'{"jsonrpc":"2.0","id":1,"method":"status"}\n')
        client.shutdown(socket.SHUT_WR)
        answer = json.loads(client.makefile("rb").readline())
    assert answer["id"] == 1
    assert answer["result"]["repositories"][0]["name"] == "docs"


def test_git_settings_of_who_started_it_do_not_leak(machine: Machine, docs: Path) -> None:
    """A daemon started from a git hook or alias has GIT_DIR and the like in its environment."""
    machine.config.write_text(f"{QUICK}repositories:\n  - {docs}\n")
    environment = {**machine.environment, "GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index"}
    with subprocess.Popen(
        [str(BIN / "autosyncd"), "--config", str(machine.config)],
        env=environment,
        stderr=subprocess.DEVNULL,
    ) as daemon:
        until(machine.answers, "it answers")
        (docs / "a").write_text("x")
        until(lambda: machine.repository()["last_commit"] is not None, "it commits")
        daemon.terminate()
        assert daemon.wait(timeout=60) == 0


def _autosyncd(machine: Machine, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(BIN / "autosyncd"), *arguments],
        env=machine.environment,
        capture_output=True,
        text=True,
        cwd=machine.home,
        check=False,
        timeout=30,
    )
