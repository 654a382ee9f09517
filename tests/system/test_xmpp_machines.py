"""Two machines and a real XMPP server; nobody ever asks the remote by himself."""

import asyncio
import json
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.xmpp.prosody import Prosody
from tests.system.machines import Machine, bare_remote, git, until

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("prosody") is None, reason="prosody is not installed"),
]

CONFIG = """\
defaults:
  settle: 100ms
  push_delay: 100ms
  pull_interval: 0
repositories:
  - ~/docs
channels:
  xmpp:
    jid: me@localhost
    password_command: [cat, {home}/password]
    host: 127.0.0.1
    port: {port}
    ca_file: {ca_file}
"""
WAITS = 0.2
"""Seconds of `settle` and `push_delay`."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Prosody]:
    """A server that insists on encryption."""
    prosody = Prosody(tmp_path / "prosody", tls=True)
    try:
        asyncio.run(prosody.start())
        yield prosody
    finally:
        asyncio.run(prosody.stop())


@pytest.fixture
def machines(tmp_path: Path, server: Prosody) -> Iterator[tuple[Machine, Machine]]:
    """Two daemons that rest, each with a clone."""
    remote = bare_remote(tmp_path)
    pair = (Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop"))
    try:
        for machine in pair:
            machine.clone(remote)
            (machine.home / "password").write_text("secret\n")
            text = CONFIG.format(home=machine.home, port=server.port, ca_file=server.ca_file)
            machine.start(text)
        until(lambda: all(channel(m)["connected"] for m in pair), "both are logged in")
        until(lambda: all(m.repository()["state"] == "idle" for m in pair), "both rest")
        yield pair
    finally:
        for machine in pair:
            machine.stop()
    assert "Traceback" not in "".join(machine.diary() for machine in pair)


def channel(machine: Machine) -> dict[str, Any]:
    """The channel in `status --json`."""
    (found,) = json.loads(machine.ctl("status", "--json").stdout)["daemon"]["channels"]
    entry: dict[str, Any] = found
    return entry


def travels(source: Machine, target: Machine, name: str) -> float:
    """Save a file on one machine; in how many seconds it is on the other."""
    began, copy = time.monotonic(), target.home / "docs" / name
    (source.home / "docs" / name).write_text(f"{name}\n")
    deadline = began + 60
    while not copy.exists():
        assert time.monotonic() < deadline, f"{name} travels\n{source.diary()}\n{target.diary()}"
        time.sleep(0.002)
    return time.monotonic() - began


def test_a_save_is_on_the_other_machine_without_anybody_asking(
    machines: tuple[Machine, Machine], record_property: Any
) -> None:
    laptop, desktop = machines
    times = [
        travels(*pair, f"{number}.txt")
        for number, pair in enumerate(((laptop, desktop), (desktop, laptop)) * 4)
    ]
    for name, seconds in (("median", statistics.median(times)), ("most", max(times))):
        record_property(f"seconds beyond settle and push_delay, {name}", round(seconds - WAITS, 3))
        print(f"{name}: {seconds:.3f} s, {seconds - WAITS:.3f} beyond settle and push_delay")
    assert channel(laptop)["detail"].startswith("me@localhost/")
    assert laptop.ctl("doctor").returncode == 0
    kinds = {json.loads(line)["kind"] for line in _events(laptop)}
    assert {"announced", "heard", "peer"} <= kinds


def _events(machine: Machine) -> list[str]:
    document = json.loads(machine.ctl("events", "--json").stdout)
    return [json.dumps(event) for event in document["events"]]


def test_a_server_that_was_away_is_found_again_and_nothing_was_missed(
    machines: tuple[Machine, Machine], server: Prosody
) -> None:
    laptop, desktop = machines
    asyncio.run(server.stop())
    until(lambda: not any(channel(machine)["connected"] for machine in machines), "they say so")
    assert "127.0.0.1" in channel(laptop)["detail"]
    (laptop.home / "docs" / "meanwhile").write_text("nobody was told\n")
    remote = laptop.home.parent / "remote.git"
    until(lambda: "meanwhile" in git(remote, "log", "--all", "--name-only"), "it is pushed")
    asyncio.run(server.start())
    until((desktop.home / "docs" / "meanwhile").exists, "it arrives all the same")
    until(lambda: all(channel(machine)["connected"] for machine in machines), "both are back")
    travels(desktop, laptop, "after.txt")


def test_a_password_that_changed_is_a_problem_that_names_itself(
    machines: tuple[Machine, Machine], server: Prosody
) -> None:
    laptop, _ = machines
    asyncio.run(server.stop())
    server.register("me", "another")
    asyncio.run(server.start())
    said = "127.0.0.1 refuses the password of me@localhost"
    until(lambda: channel(laptop)["detail"] == said, "status says so")
    doctor = laptop.ctl("doctor")
    assert doctor.returncode == 1
    assert said in doctor.stdout
    assert "autosyncctl reload" in doctor.stdout
    (laptop.home / "password").write_text("another\n")
    assert laptop.ctl("reload").returncode == 0
    until(lambda: channel(laptop)["connected"], "the new password is used")
    assert laptop.ctl("doctor").returncode == 0
