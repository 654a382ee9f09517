"""Run inside a network namespace of its own: makes networks come and go, and says what was told.

Prints one line for each step: its name, and whether a network that came up was told.
"""

import asyncio
import subprocess

from autosyncd.host.network import PAUSE, Network

STEPS = {
    "loopback up": "ip link set lo up",
    "link without address": "ip link add d0 type veth peer name d1 && ip link set d1 up"
    " && ip link set d0 up",
    "address": "ip addr add 10.9.9.1/24 dev d0",
    "second address": "ip addr add 10.9.9.2/24 dev d0",
    "address again": "ip addr change 10.9.9.2/24 dev d0 valid_lft 1000 preferred_lft 900",
    "address gone": "ip addr del 10.9.9.2/24 dev d0",
    "default route": "ip route add default via 10.9.9.254",
    "narrow route": "ip route add 10.8.0.0/16 via 10.9.9.254",
    "link down": "ip link set d0 down",
    "link up": "ip link set d0 up",
    "a container's link": "ip link add v0 type veth peer name v1 && ip link set v0 up"
    " && ip link set v1 up",
}

NEWS = {"address", "second address", "default route", "link up"}
"""The steps after which something is to be told: what is not told by others can only be seen by
waiting."""


async def main() -> None:
    told = asyncio.Event()
    subprocess.run(["ip", "addr", "add", "127.0.0.5/8", "dev", "lo"], check=True)
    listening = asyncio.create_task(Network(told.set).run())
    await warm_up(told)
    for name, command in STEPS.items():
        told.clear()
        subprocess.run(["sh", "-ec", command], check=True)
        try:
            async with asyncio.timeout(60 if name in NEWS else PAUSE + 0.7):
                await told.wait()
        except TimeoutError:
            pass
        print(f"{name}: {told.is_set()}", flush=True)
    listening.cancel()


async def warm_up(told: asyncio.Event) -> None:
    """Wait until the listening has begun: what is made from then on is told."""
    subprocess.run(["ip", "link", "add", "w0", "type", "veth", "peer", "name", "w1"], check=True)
    number = 0
    while not told.is_set():
        number += 1
        subprocess.run(["ip", "addr", "add", f"10.7.7.{number}/32", "dev", "w0"], check=True)
        await asyncio.sleep(0.2)
    subprocess.run(["ip", "link", "del", "w0"], check=True)
    await asyncio.sleep(2 * PAUSE)


if __name__ == "__main__":
    asyncio.run(main())
