"""What every channel has to achieve: a save on one machine is on the other, without polling."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tests.system.machines import Machine, until

AT_ONCE = """\
defaults:
  settle: 100ms
  push_delay: 100ms
  pull_interval: 0
repositories:
  - ~/docs
"""


def connected(machine: Machine) -> bool:
    """Whether all channels of a machine say so."""
    channels = machine.daemon()["channels"]
    return bool(channels) and all(channel["connected"] for channel in channels)


def travels(source: Machine, target: Machine, name: str) -> float:
    """Save a file on one machine, and wait for it on the other; returns the seconds it took."""
    (source.home / "docs" / name).write_text(f"{name} of {source.name}\n")
    began = time.monotonic()
    copy: Path = target.home / "docs" / name
    until(copy.exists, f"{name} travels\n{source.diary()}\n{target.diary()}")
    return time.monotonic() - began


def at_rest(machines: tuple[Machine, Machine]) -> None:
    """Wait until both are connected, and have nothing to do."""
    until(lambda: all(connected(machine) for machine in machines), "both are connected")
    until(lambda: all(m.repository()["state"] == "idle" for m in machines), "both rest")


class Server(Protocol):
    """What carries the announcements."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def catches_up(
    machines: tuple[Machine, Machine], server: Server, saved: Callable[[Machine], bool]
) -> None:
    """What one saves while the server is away is on the other when it is back; `saved` is whether
    the first has done what it can until then."""
    laptop, desktop = machines
    at_rest(machines)
    server.stop()
    until(lambda: not any(connected(machine) for machine in machines), "both have noticed")
    (laptop.home / "docs" / "unheard").write_text("nobody hears of it\n")
    until(lambda: saved(laptop), f"it has done what it can\n{laptop.diary()}")
    copy = desktop.home / "docs" / "unheard"
    assert not copy.exists()
    server.start()
    until(copy.exists, f"it is caught up with\n{desktop.diary()}")
    travels(desktop, laptop, "afterwards")


def both_ways(machines: tuple[Machine, Machine]) -> int:
    """A few saves, to and fro, each of which has to travel; returns how many. How long each took
    is printed."""
    laptop, desktop = machines
    at_rest(machines)
    for number in range(3):
        there = travels(laptop, desktop, f"there-{number}")
        back = travels(desktop, laptop, f"back-{number}")
        print(f"there {there:.2f} s, back {back:.2f} s")
    for machine in machines:
        assert "Traceback" not in machine.diary()
        assert "WARNING" not in machine.diary()
    return 6
