"""Ports that are a test process's own, also while nobody listens on them."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

LOWEST, HIGHEST = 20_000, 32_000
"""Below those that the kernel gives away by itself (ip(7), ip_local_port_range): no connection of
anybody has one of them as its own end while a server is stopped."""

_held: list[int] = []


def free_port() -> int:
    """One that nobody uses; no other test process gets it as long as this one lives."""
    while True:
        port = random.randrange(LOWEST, HIGHEST)
        if _claimed(port):
            return port


def _claimed(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"autosync-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        os.close(lock)
        return False
    _held.append(lock)
    return True
