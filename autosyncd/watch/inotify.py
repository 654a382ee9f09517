"""The one inotify descriptor of the daemon, read promptly and decoded by hand."""

import asyncio
import errno
import logging
import os
import struct
from time import monotonic

from autosyncd.errors import WatchLimitError
from autosyncd.watch.base import OnHint, Target
from autosyncd.watch.collecting import Collecting
from autosyncd.watch.kernel import (
    IN_DELETE_SELF,
    IN_IGNORED,
    IN_ISDIR,
    IN_MOVE_SELF,
    IN_Q_OVERFLOW,
    IN_UNMOUNT,
    Kernel,
)
from autosyncd.watch.limits import too_many_events, too_many_instances
from autosyncd.watch.mounts import Mounts
from autosyncd.watch.placing import Placer
from autosyncd.watch.tree import Flushed, Shared, Tree
from autosyncd.watch.watches import Watches

log = logging.getLogger(__name__)

READ_SIZE = 256 * 1024
READ_BUDGET = 0.008
"""Seconds of reading before everybody else has a turn."""
READ_PAUSE = 0.005
"""Seconds between two reads in a storm: a wake-up costs as much as a hundred events read at once,
and even 400,000 events a second stay far below the kernel's queue limit (16,384) in that time."""

OVERFLOW_REPEAT = 3600.0
"""Seconds for which an overflow of the kernel's queue is told once."""

_EVENT = struct.Struct("iIII")
_STRUCTURE = (
    IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW
)  # everything else concerns a file in a watched folder


class Inotify:
    """Watches any number of trees by one descriptor, which is opened at the first watch."""

    def __init__(self, kernel: Kernel | None = None) -> None:
        self._kernel = kernel or Kernel()
        self._watches = Watches(self._kernel)
        self._placer = Placer()
        self._trees: dict[Tree, None] = {}
        self._unflushed: dict[Flushed, None] = {}
        self._descriptor = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_read = 0.0
        self._overflow_told = -OVERFLOW_REPEAT
        self._pause: asyncio.TimerHandle | None = None
        self._mounts: Mounts | None = None
        self._shared = Shared(
            self._watches,
            self._placer,
            self._unflushed,
            Collecting(),
            wanted=lambda: sum(tree.wanted for tree in self._trees),
            watched=lambda: sum(tree.watched for tree in self._trees),
        )

    def watch(self, target: Target, on_hint: OnHint) -> Tree:
        """Begin to watch a tree; must be called in the running event loop.

        Raises NeedsUserError if its root can't be watched, WatchLimitError if no inotify instance
        can be had.
        """
        if self._descriptor < 0:
            self._open()
        tree = Tree(target, on_hint, self._shared, self._ended)
        self._trees[tree] = None
        return tree

    def close(self) -> None:
        """End all watches."""
        for tree in self._trees:
            tree.abandon()
        self._trees.clear()
        self._unflushed.clear()
        self._placer.stop()
        self._watches.owners.clear()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._mounts is not None:
            self._mounts.close()
            self._mounts = None
        if self._descriptor >= 0:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(self._descriptor)
            self._kernel.close()
            self._descriptor = -1

    def _open(self) -> None:
        try:
            self._descriptor = self._kernel.open()
        except OSError as error:
            if error.errno == errno.EMFILE and _can_open_files():
                raise too_many_instances() from error
            raise WatchLimitError(f"cannot watch anything: {error.strerror}") from error
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._readable, self._loop)
        self._mounts = Mounts(self._mounted)

    def _mounted(self, points: frozenset[bytes]) -> None:
        for tree in tuple(self._trees):
            tree.mounted(points)

    def _ended(self, tree: Tree) -> None:
        self._trees.pop(tree, None)
        self._unflushed.pop(tree, None)

    def _readable(self, loop: asyncio.AbstractEventLoop) -> None:
        if monotonic() - self._last_read >= READ_PAUSE:
            self._read()
        else:
            loop.remove_reader(self._descriptor)
            self._pause = loop.call_later(READ_PAUSE, self._read_on, loop)

    def _read_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pause = None
        loop.add_reader(self._descriptor, self._readable, loop)
        self._read()

    def _read(self) -> None:
        """Read until nothing is left or time is up; the loop calls again as long as there is."""
        if self._descriptor < 0:
            return
        deadline = monotonic() + READ_BUDGET
        drained = False
        while not drained and monotonic() < deadline:
            try:
                self._decode(os.read(self._descriptor, READ_SIZE))
            except BlockingIOError:
                drained = True
        self._last_read = monotonic()
        unflushed = tuple(self._unflushed)
        self._unflushed.clear()
        for tree in unflushed:
            tree.flush(drained=drained)
        if self._unflushed and self._loop is not None:
            self._loop.call_soon(self._read)  # a rename waits for its second half, or for the end

    def _decode(self, events: bytes) -> None:
        owners = self._watches.owners
        offset = 0
        while offset < len(events):
            wd, mask, cookie, length = _EVENT.unpack_from(events, offset)
            start = offset + _EVENT.size
            offset = start + length
            name = events[start:offset].rstrip(b"\0")
            if mask & _STRUCTURE:
                self._structure(wd, mask, cookie, name)
            else:
                for owner in owners.get(wd, ()):
                    owner.touch(name)

    def _structure(self, wd: int, mask: int, cookie: int, name: bytes) -> None:
        if mask & IN_Q_OVERFLOW:
            self._tell_overflow()
            for tree in tuple(self._trees):
                tree.overflowed()
            return
        ended = mask & IN_IGNORED
        for owner in self._watches.forget(wd) if ended else self._watches.owners.get(wd, ()):
            owner.change(mask, cookie, name)

    def _tell_overflow(self) -> None:
        if monotonic() >= self._overflow_told + OVERFLOW_REPEAT:
            self._overflow_told = monotonic()
            log.warning("%s", too_many_events())


def _can_open_files() -> bool:
    """EMFILE may also mean that this process has too many open files of whatever kind."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
