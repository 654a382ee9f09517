"""Which folders the kernel watches, and for whom: one folder may be reached by several trees."""

from typing import Protocol

from autosyncd.watch.kernel import Kernel

UNWATCHED = -1


class Listener(Protocol):
    """Somebody to whom the events of one watched folder matter."""

    wd: int
    """The watch descriptor, or UNWATCHED; written by `Watches` alone."""

    def touch(self, name: bytes) -> None:
        """A file of this name was changed, made or removed in the folder."""

    def change(self, mask: int, cookie: int, name: bytes) -> None:
        """A folder of this name, or, without a name, the watched folder itself changed."""


class Watches:
    """The watches of one inotify instance. A watch ends when the last of its owners lets go."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.owners: dict[int, tuple[Listener, ...]] = {}

    def claim(self, listener: Listener, path: bytes) -> bool:
        """Watch a folder for a listener; returns whether it is another one than it had.

        Raises OSError. A listener that watched another folder until now lets go of that.
        """
        wd = self._kernel.add(path)
        if listener.wd == wd:
            return False
        if listener.wd != UNWATCHED:
            self.release(listener)
        others = self.owners.get(wd)
        self.owners[wd] = (*others, listener) if others else (listener,)
        listener.wd = wd
        return True

    def claim_new(self, listener: Listener, path: bytes) -> None:
        """The same for a listener that has no watch. Raises OSError."""
        wd = listener.wd = self._kernel.add(path)
        others = self.owners.get(wd)
        self.owners[wd] = (*others, listener) if others else (listener,)

    def release(self, listener: Listener) -> None:
        """Let go of what a listener watches, if it watches anything."""
        wd, listener.wd = listener.wd, UNWATCHED
        if wd == UNWATCHED:
            return
        left = tuple(owner for owner in self.owners[wd] if owner is not listener)
        if left:
            self.owners[wd] = left
            return
        del self.owners[wd]
        try:
            self._kernel.remove(wd)
        except OSError:
            pass  # the folder is gone, and the watch with it

    def forget(self, wd: int) -> tuple[Listener, ...]:
        """The kernel has ended a watch; returns whose it was."""
        owners = self.owners.pop(wd, ())
        for owner in owners:
            owner.wd = UNWATCHED
        return owners
