"""Tells when file systems are mounted or unmounted: the kernel says so by mountinfo (proc(5))."""

import asyncio
import io
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

PAUSE = 0.1
"""Seconds to wait for more: containers mount many things at once."""


class MountEvents:
    """One watch for all who listen, as long as somebody does."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._watch: MountWatch | None = None

    @contextmanager
    def listen(self, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` whenever anything was mounted or unmounted, anywhere."""
        self._listeners.append(tell)
        self._watch = self._watch or watch_mounts(self._tell)
        try:
            yield
        finally:
            self._listeners.remove(tell)
            if self._watch and not self._listeners:
                self._watch.close()
                self._watch = None

    def _tell(self) -> None:
        for tell in tuple(self._listeners):
            tell()


class MountWatch:
    """Calls `tell` some time after a change, until closed.

    The kernel reports it as urgent data and an error, for which a loop knows no reader: an
    epoll waits for that, and the loop for the epoll."""

    def __init__(self, mounts: io.FileIO, tell: Callable[[], None]) -> None:
        self._mounts = mounts
        self._tell = tell
        self._poll = select.epoll()
        self._poll.register(mounts.fileno(), select.EPOLLPRI | select.EPOLLERR)
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._poll.fileno(), self._changed)

    def _changed(self) -> None:
        """The kernel says it once to whoever asks: the loop has asked, so the answer here is no."""
        self._poll.poll(0)
        if self._pause is None:
            self._pause = self._loop.call_later(PAUSE, self._over)

    def _over(self) -> None:
        self._pause = None
        self._tell()

    def close(self) -> None:
        """Stop."""
        if self._pause is not None:
            self._pause.cancel()
        if not self._loop.is_closed():
            self._loop.remove_reader(self._poll.fileno())
        self._poll.close()
        self._mounts.close()


def watch_mounts(tell: Callable[[], None]) -> MountWatch | None:
    """Begin to watch; None where there is no such file: then it is noticed at the next look."""
    try:
        return MountWatch(MOUNTINFO.open("rb", buffering=0), tell)
    except OSError:
        return None
