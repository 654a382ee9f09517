"""A fake daemon on a real socket, in a thread beside the test."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from autosyncd.control.server import ControlServer
from tests.control.fake_served import FakeServed

PATIENCE = 60.0

Result = TypeVar("Result")


class FakeDaemon:
    """What a test does to the daemon happens in the daemon's thread."""

    def __init__(self, path: Path, served: FakeServed, loop: asyncio.AbstractEventLoop) -> None:
        self.path = path
        self.served = served
        self._loop = loop

    def do(self, action: Callable[[], Result]) -> Result:
        """Run something in the daemon's thread and return what it returns."""

        async def act() -> Result:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result(PATIENCE)

    def later(self, when: Callable[[], bool], action: Callable[[], object]) -> None:
        """Do something as soon as a condition holds."""

        async def act() -> None:
            async with asyncio.timeout(PATIENCE):
                while not when():
                    await asyncio.sleep(0.005)
            action()

        asyncio.run_coroutine_threadsafe(act(), self._loop)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait in the test for something that happens in the daemon."""
        deadline = time.monotonic() + PATIENCE
        while not self.do(condition):
            assert time.monotonic() < deadline, "not in time"
            time.sleep(0.005)

    def asked(self, method: str) -> bool:
        """Whether it was asked for this."""
        return any(one[0] == method for one in self.served.asked)

    def subscribed(self) -> bool:
        """Whether anybody listens."""
        return bool(self.served.bus._subscriptions)


@contextmanager
def fake_daemon(path: Path, served: FakeServed) -> Iterator[FakeDaemon]:
    """Serve it inside the `with` block."""
    server = ControlServer(path, served)
    server.claim()
    loop = asyncio.new_event_loop()
    served.on_stop = server.stop
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run()), daemon=True)
    thread.start()
    try:
        yield FakeDaemon(path, served, loop)
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(PATIENCE)
        loop.close()
