"""A process that does nothing but watch: `python -m bench.watched place|listen|stalls FOLDER`.

Like the C program beside it, `place` and `listen` print the CPU seconds of the work itself and how
many folders or paths there were (-1: "everything"), then the peak of the memory in MiB. `stalls`
prints the longest time in seconds of CPU for which the event loop did not come by.
"""

import array
import asyncio
import fcntl
import resource
import sys
import termios
import time
from pathlib import Path

from autosyncd.core.ignoring import BUILT_IN, IgnoreSources
from autosyncd.watch.base import Hint, Target, Touched
from autosyncd.watch.inotify import Inotify
from autosyncd.watch.kernel import Kernel

SOURCES = IgnoreSources(per_directory=b".gitignore", control=frozenset({b".git"}), lines=BUILT_IN)


class Ears:
    """What was hinted at."""

    def __init__(self) -> None:
        self.paths: set[bytes] = set()
        self.everything = False

    def __call__(self, hint: Hint) -> None:
        """Remember it, as a worker does."""
        if isinstance(hint, Touched):
            self.everything = self.everything or hint.paths is None
            self.paths.update(hint.paths or ())

    def count(self) -> int:
        """How many paths were named, -1 if all were meant."""
        return -1 if self.everything else len(self.paths)


class OpenKernel(Kernel):
    """One that tells how much is to be read."""

    def unread(self) -> int:
        """Bytes of events that wait."""
        waiting = array.array("i", (0,))
        fcntl.ioctl(self._descriptor, termios.FIONREAD, waiting)
        return waiting[0]


async def main(mode: str, folder: Path) -> None:
    """Watch, and say what it cost."""
    kernel, ears = OpenKernel(), Ears()
    inotify = Inotify(kernel)
    target = Target(folder, b"", SOURCES, (), lambda _name: True)
    begin = cpu()
    tree = inotify.watch(target, ears)
    if mode == "stalls":
        print(f"{await longest_stall(asyncio.ensure_future(tree.placed())):.6f}")
        return
    await tree.placed()
    if mode == "listen":
        print("ready", flush=True)
        begin = cpu()
        await asyncio.to_thread(sys.stdin.readline)
        while kernel.unread() or not tree.rests:  # noqa: ASYNC110 - only the kernel knows
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)  # hints are delivered by the loop
    done = cpu() - begin
    count = tree.count if mode == "place" else ears.count()
    print(f"{done:.6f} {count} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")


async def longest_stall(work: asyncio.Future[None]) -> float:
    """How long the loop did not come by at most, without what other processes took."""
    longest, before = 0.0, time.thread_time()
    while not work.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    return longest


def cpu() -> float:
    """CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
