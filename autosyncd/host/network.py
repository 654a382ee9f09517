"""Notices that a network came up: an address, a link with an address, or a default route."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from autosyncd.host.netlink import (
    GETADDR,
    GETLINK,
    GETROUTE,
    GROUPS,
    Address,
    DefaultRoute,
    Done,
    Fact,
    Link,
    facts,
    request,
)

T = TypeVar("T")

log = logging.getLogger(__name__)

PAUSE = 0.3
"""Seconds to wait for the rest: a network comes up in several steps, the route last."""

READ_SIZE = 1 << 16


@dataclass(slots=True)
class Reachable:
    """What is known of the network; containers that come and go are none of our business."""

    running: dict[int, bool] = field(default_factory=dict)
    addresses: dict[int, set[bytes]] = field(default_factory=dict)
    routes: set[tuple[int, bytes, bytes]] = field(default_factory=set)

    def learn(self, fact: Fact) -> bool:
        """Take in a fact; returns whether it means that more can be reached than before."""
        match fact:
            case Link(index=index, running=running):
                before, self.running[index] = self.running.get(index, False), running
                return running and not before and bool(self.addresses.get(index))
            case Address(index=index, address=address, there=there):
                return _put(self.addresses.setdefault(index, set()), address, there=there)
            case DefaultRoute(way=way, there=there):
                return _put(self.routes, way, there=there)
            case Done():
                return False


class Network:
    """Calls `came_up`; a Service."""

    name = "network"

    def __init__(self, came_up: Callable[[], None]) -> None:
        self._came_up = came_up

    async def run(self) -> None:
        """Listen to the kernel; it is not there in some sandboxes, and then nobody listens."""
        try:
            kernel = _open()
        except OSError as error:
            log.warning("networks that come up are not noticed: %s", error.strerror)
            return
        with kernel:
            await self._listen(kernel)

    async def _listen(self, kernel: socket.socket) -> None:
        loop, reachable = asyncio.get_running_loop(), Reachable()
        await _learn_all(kernel, reachable)
        pause: asyncio.TimerHandle | None = None
        try:
            while True:
                more = await _learn(kernel, reachable)
                if more and (pause is None or pause.when() <= loop.time()):
                    pause = loop.call_later(PAUSE, self._came_up)
        finally:
            if pause:
                pause.cancel()


def _open() -> socket.socket:
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
    kernel = socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)
    try:
        kernel.bind((0, GROUPS))
    except OSError:
        kernel.close()
        raise
    return kernel


async def _learn_all(kernel: socket.socket, reachable: Reachable) -> bool:
    """Take in everything that is there now; returns whether any of it is new."""
    more = False
    for kind in (GETLINK, GETADDR, GETROUTE):
        kernel.send(request(kind))
        done = False
        while not done:
            for fact in facts(await _receive(kernel)):
                more = reachable.learn(fact) or more
                done = done or isinstance(fact, Done)
    return more


async def _learn(kernel: socket.socket, reachable: Reachable) -> bool:
    """Take in what comes next; returns whether more can be reached than before."""
    try:
        data = await _receive(kernel)
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        return await _learn_all(kernel, reachable)  # some messages were lost
    more = False
    for fact in facts(data):
        more = reachable.learn(fact) or more
    return more


async def _receive(kernel: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(kernel, READ_SIZE)


def _put(things: set[T], thing: T, *, there: bool) -> bool:
    """Returns whether it is new."""
    new = there and thing not in things
    (things.add if there else things.discard)(thing)
    return new
