"""Two real daemons and a real reflector."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.system.channel_story import AT_ONCE, both_ways, catches_up, connected, travels
from tests.system.machines import BIN, Machine, bare_remote, until

pytestmark = pytest.mark.system


class Reflector:
    """`autosyncd reflector`, at the same port after every start."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(BIN / "autosyncd"), "reflector", "--listen", f"127.0.0.1:{self.port}"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        assert self._process.stderr
        said = self._process.stderr.readline()
        assert said.startswith("reflector listens on"), said

    def freeze(self) -> None:
        """From now on nothing is answered, and no connection is ended: like a dead link."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Wake up again."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.communicate(timeout=30)
        self._process = None


@pytest.fixture
def reflector() -> Iterator[Reflector]:
    running = Reflector()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def machines(tmp_path: Path, reflector: Reflector) -> Iterator[tuple[Machine, Machine]]:
    remote = bare_remote(tmp_path)
    pair = (Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop"))
    key = f"{sys.executable}, -c, 'print(\"a shared secret\")'"
    for machine in pair:
        machine.clone(remote)
        machine.start(
            f"{AT_ONCE}channels:\n  reflector:\n    url: tcp://127.0.0.1:{reflector.port}\n"
            f"    key_command: [{key}]\n"
        )
    yield pair
    for machine in pair:
        machine.stop()


def test_a_save_travels_over_a_reflector(machines: tuple[Machine, Machine]) -> None:
    both_ways(machines)
    answer = machines[1].ctl("events", "--json").stdout
    assert '"kind":"heard"' in answer.replace(" ", "")


def test_what_happened_while_the_reflector_was_away_is_caught_up_with(
    machines: tuple[Machine, Machine], reflector: Reflector
) -> None:
    catches_up(machines, reflector, lambda m: m.in_step() and bool(m.repository()["last_push"]))


@pytest.mark.slow
def test_a_link_that_is_dead_without_a_word_is_noticed_within_a_minute(
    machines: tuple[Machine, Machine], reflector: Reflector
) -> None:
    until(lambda: all(connected(machine) for machine in machines), "both are connected")
    reflector.freeze()
    try:
        until(lambda: not any(connected(machine) for machine in machines), "it is noticed", 90)
    finally:
        reflector.go_on()
    until(lambda: all(connected(machine) for machine in machines), "both are connected again", 90)
    travels(*machines, "afterwards")
