"""The other end of a Unix socket: who it is, and when it is gone (unix(7), epoll_ctl(2))."""

import asyncio
import select
import socket as net
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_CREDENTIALS = struct.Struct("3i")


def peer_uid(connection: net.socket) -> int:
    """The user who connected, as the kernel knows it."""
    data = connection.getsockopt(net.SOL_SOCKET, net.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(data)
    return int(uid)


def may_connect(uid: int, *, own: int) -> bool:
    """The daemon's own user and root may; nobody else, whatever the modes of files say."""
    return uid in (0, own)


@contextmanager
def on_hang_up(descriptor: int, tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` once the peer has closed both directions.

    After the end of its input, asyncio no longer looks at a connection that it only writes to.
    EPOLLHUP is reported whatever one asks for, so that asking for nothing is enough.
    """
    loop = asyncio.get_running_loop()
    with select.epoll() as poll:
        poll.register(descriptor, 0)
        loop.add_reader(poll.fileno(), tell)
        try:
            yield
        finally:
            loop.remove_reader(poll.fileno())
