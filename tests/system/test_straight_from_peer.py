"""A slow link to the server, a fast one to the other machine: the bytes come from the machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.system.channel_story import AT_ONCE, connected
from tests.system.machines import BIN, Machine, bare_remote, git, until
from tests.system.two_networks import FAST, SLOW, Networks, possible, two_networks

SIZE = 3_000_000

pytestmark = [pytest.mark.system]
if os.environ.get("CI") != "true":
    pytestmark.append(pytest.mark.skipif(not possible(), reason="needs root for namespaces"))


@contextmanager
def program(*command: str) -> Iterator[None]:
    """Something that runs as long as the block lasts."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def git_daemon(networks: Networks, address: str, base: Path) -> tuple[str, ...]:
    options = ["--export-all", "--reuseaddr", "--enable=receive-pack", f"--base-path={base}"]
    where = [f"--listen={address}", "--port=9418"]
    return (*networks.inside(networks.here), "git", "daemon", *options, *where, str(base))


@pytest.fixture
def networks() -> Iterator[Networks]:
    with two_networks() as made:
        yield made


@pytest.fixture
def machines(tmp_path: Path, networks: Networks) -> Iterator[tuple[Machine, Machine]]:
    """A laptop beside the server, and a desktop at the other end of both links."""
    server = tmp_path / "server"
    server.mkdir()
    bare_remote(server)
    laptop, desktop = Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop")
    laptop.prefix, desktop.prefix = (networks.inside(ns) for ns in (networks.here, networks.there))
    reflector = (str(BIN / "autosyncd"), "reflector", "--listen", f"{SLOW}.1:1986")
    with ExitStack() as stack:
        stack.enter_context(program(*git_daemon(networks, f"{SLOW}.1", server)))
        stack.enter_context(program(*git_daemon(networks, f"{FAST}.1", laptop.home)))
        stack.enter_context(program(*networks.inside(networks.here), *reflector))
        url = f"git://{SLOW}.1/remote.git"
        for machine in (laptop, desktop):
            until(partial(_reaches, machine, url), "the server answers")
            machine.git_home("clone", "-q", url, "docs")
            machine.start(
                AT_ONCE.replace("defaults:\n", f"defaults:\n  peer_url: git://{FAST}.1/docs/.git\n")
                + f"channels:\n  reflector: {{url: 'tcp://{SLOW}.1', key: between us}}\n"
            )
            stack.callback(machine.stop)
        yield laptop, desktop


def _reaches(machine: Machine, url: str) -> bool:
    asked = [*machine.prefix, "git", "ls-remote", url]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _resting(*machines: Machine) -> None:
    until(lambda: all(connected(machine) for machine in machines), "both are connected")
    until(lambda: all(m.repository()["state"] == "idle" for m in machines), "both rest")


def test_the_bytes_come_from_the_peer(
    machines: tuple[Machine, Machine], networks: Networks
) -> None:
    laptop, desktop = machines
    _resting(*machines)
    slow, fast = networks.received("slow"), networks.received("fast")
    (laptop.home / "docs" / "large").write_bytes(os.urandom(SIZE))
    copy = desktop.home / "docs" / "large"
    until(copy.exists, f"it travels\n{laptop.diary()}\n{desktop.diary()}")
    until(desktop.in_step, "the remote confirms it")
    slow, fast = networks.received("slow") - slow, networks.received("fast") - fast
    print(f"{fast} bytes from the peer, {slow} from the server")
    assert fast > SIZE
    assert slow < SIZE / 20
    assert "came straight from there" in desktop.diary()
    assert git(desktop.home / "docs", "for-each-ref", "refs/autosync/peers") == ""
    git(desktop.home / "docs", "fsck", "--strict", "--no-dangling")


def test_a_peer_behind_a_dead_link_costs_two_seconds_and_nothing_else(
    machines: tuple[Machine, Machine], networks: Networks
) -> None:
    laptop, desktop = machines
    _resting(*machines)
    networks.cut("fast")
    (laptop.home / "docs" / "small").write_text("it comes from the server\n")
    copy = desktop.home / "docs" / "small"
    until(copy.exists, f"it travels\n{laptop.diary()}\n{desktop.diary()}")
    assert "the remote is asked instead" in desktop.diary()
