"""Two machines with two links between them, one slow and one fast, in network namespaces."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SLOW, FAST = "10.77.1", "10.77.2"
RATE = "1mbit"


def run(*command: str) -> str:
    """Run a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Networks:
    """`here` has the addresses ending in 1, `there` those in 2."""

    here: str
    there: str

    def inside(self, namespace: str) -> tuple[str, ...]:
        """What to put before a command to run it there."""
        return ("ip", "netns", "exec", namespace)

    def received(self, interface: str) -> int:
        """Bytes that came to `there` over one link."""
        path = f"/sys/class/net/{interface}/statistics/rx_bytes"
        return int(run(*self.inside(self.there), "cat", path))

    def cut(self, interface: str) -> None:
        """From now on nothing that `there` sends over one link is answered."""
        run("ip", "-n", self.here, "addr", "flush", "dev", interface)

    def mend(self, interface: str, address: str) -> None:
        """From now on it is answered again."""
        run("ip", "-n", self.here, "addr", "add", f"{address}/24", "dev", interface)


def possible() -> bool:
    """Whether this user may make namespaces."""
    return os.getuid() == 0 and Path("/proc/self/ns/net").exists()


@contextmanager
def two_networks() -> Iterator[Networks]:
    """Both namespaces, as long as the block lasts."""
    here, there = (f"as{os.getpid()}{side}" for side in "ab")
    networks = Networks(here, there)
    made = []
    try:
        for namespace in (here, there):
            run("ip", "netns", "add", namespace)
            made.append(namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        for name, net in (("slow", SLOW), ("fast", FAST)):
            link = f"link add {name} netns {here} type veth peer name {name} netns {there}"
            run("ip", *link.split())
            for number, namespace in ((1, here), (2, there)):
                run("ip", "-n", namespace, "addr", "add", f"{net}.{number}/24", "dev", name)
                run("ip", "-n", namespace, "link", "set", name, "up")
        limit = f"qdisc add dev slow root tbf rate {RATE} burst 16kb latency 500ms"
        run("tc", "-n", here, *limit.split())
        yield networks
    finally:
        for namespace in made:
            subprocess.run(["ip", "netns", "del", namespace], check=False)
