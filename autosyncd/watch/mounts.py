"""Notices what is mounted and unmounted, of which inotify tells nothing but the end of a watch.

`/proc/self/mountinfo` can be polled for a change (proc(5)), but not for being readable, which it
always is; so it has an epoll instance of its own, which the event loop watches.
"""

import asyncio
import logging
import os
import select
from collections.abc import Callable

from autosyncd.watch.filesystem import mount_points

log = logging.getLogger(__name__)

PAUSE = 0.1
"""Seconds to wait for more: containers mount many things at once."""

_MOUNTS = "/proc/self/mountinfo"


class Mounts:
    """Calls `changed` with the places where something was mounted or unmounted."""

    def __init__(self, changed: Callable[[frozenset[bytes]], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._poll = select.epoll()
        self._file = -1
        try:
            self._open()
        except OSError as error:
            log.warning("mounts are not noticed before the daily look: %s", error.strerror)

    def close(self) -> None:
        """Notice nothing any more."""
        if self._pause is not None:
            self._pause.cancel()
        if self._file >= 0:
            if not self._loop.is_closed():
                self._loop.remove_reader(self._poll.fileno())
            os.close(self._file)
            self._file = -1
        self._poll.close()

    def _open(self) -> None:
        self._file = os.open(_MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
        self._points = mount_points(_content(self._file))
        self._poll.register(self._file, select.EPOLLPRI)
        self._loop.add_reader(self._poll.fileno(), self._stirred)

    def _stirred(self) -> None:
        """The loop has asked first, and so has been told of the change; this only clears it."""
        self._poll.poll(0)
        if self._pause is None:
            self._pause = self._loop.call_later(PAUSE, self._compare)

    def _compare(self) -> None:
        self._pause = None
        before, self._points = self._points, mount_points(_content(self._file))
        if points := frozenset(point for _, point in before ^ self._points):
            self._changed(points)


def _content(descriptor: int) -> bytes:
    pieces, offset = [], 0
    while piece := os.pread(descriptor, 1 << 16, offset):
        pieces.append(piece)
        offset += len(piece)
    return b"".join(pieces)
