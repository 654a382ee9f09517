"""Ten thousand lies a second cost a few looks at the remote, and no memory."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.channels.reflector.seal import seal_of
from tests.reflector.reflecting import Guest, Reflector, reflecting
from tests.reflector.test_reflector_protocol import SPARKLE
from tests.system.channel_story import AT_ONCE, connected
from tests.system.machines import Machine, bare_remote, until

pytestmark = pytest.mark.system

LIES = 50_000


@pytest.fixture
def reflector() -> Iterator[Reflector]:
    """One without the limits by which ours holds a flood back: other servers have none."""
    with reflecting() as running:
        limits = running.limits
        limits.burst = limits.allowance = 1e9
        limits.per_channel, limits.client_queue = 100_000, 64_000_000
        limits.total_queue = 64_000_000
        yield running


@pytest.fixture
def machine(tmp_path: Path, reflector: Reflector) -> Iterator[Machine]:
    remote = bare_remote(tmp_path)
    desktop = Machine(tmp_path, "desktop")
    docs = desktop.clone(remote)
    (docs / ".sparkleshare").write_text(SPARKLE.decode())
    port = reflector.address[1]
    desktop.start(f"{AT_ONCE}channels:\n  reflector: {{url: 'tcp://127.0.0.1:{port}', key: k}}\n")
    yield desktop
    desktop.stop()


def _memory(machine: Machine) -> int:
    """In kB."""
    assert machine.process
    status = Path(f"/proc/{machine.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def _fetches(machine: Machine) -> int:
    return machine.diary().count("heard of a push")


def test_forged_and_garbage_announcements_cost_next_to_nothing(
    machine: Machine, reflector: Reflector
) -> None:
    until(lambda: connected(machine) and machine.in_step(), "it is in step")
    liar = reflector.guest()
    place = f"url {machine.home.parent / 'remote'}"
    channels = (SPARKLE, seal_of(place, "k").channel.encode())
    _flood(liar, channels, LIES // 5)
    until(lambda: _under_way(reflector) == 0 and _fetches(machine) > 0, "the first are heard")
    before, heard = _memory(machine), _fetches(machine)
    began = time.monotonic()
    _flood(liar, channels, LIES)
    until(lambda: _under_way(reflector) == 0, "all are heard")
    took = time.monotonic() - began
    grown, looks = _memory(machine) - before, _fetches(machine) - heard
    print(f"{LIES / took:.0f} lies a second; {looks} looks in {took:.1f} s; {grown} kB")
    assert looks <= 4 + took / 5
    assert grown < 4_000
    until(lambda: machine.repository()["state"] == "idle", "it rests")
    assert connected(machine)


def _under_way(reflector: Reflector) -> int:
    """Bytes that the kernel has for any end of a connection to the reflector (proc(5))."""
    port = f":{reflector.address[1]:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    queues = [row[4] for row in rows if row[1].endswith(port) or row[2].endswith(port)]
    return sum(int(number, 16) for queue in queues for number in queue.split(":"))


def _flood(liar: Guest, channels: tuple[bytes, ...], count: int) -> None:
    kinds = (b"%040x", b"as1.%050x", b"garbage %x", b"as1.\xff%x")
    for start in range(0, count, 1000):
        lines = [
            b"announce %b %b" % (channels[n % 2], kinds[n // 2 % 4] % (start + n))
            for n in range(1000)
        ]
        liar.send(*lines)
    liar.synced()
