"""Moves a tree and kills itself on the way: `ROOT OLD NEW CHECKPOINT COUNT ABLE`."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from autosyncd.vcs.tree.syscalls import NO_ABILITIES
from tests.vcs.git.move.playground import Playground


def main(root: str, old: str, new: str, name: str, count: str, able: str) -> None:
    """Move, and die the `count`th time that the checkpoint `name` is reached."""
    left = [int(count)]

    def checkpoint(reached: str) -> None:
        left[0] -= reached == name
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    repo = Playground(Path(root))
    abilities = None if able == "able" else NO_ABILITIES
    old_commit = None if old == "unborn" else old
    asyncio.run(repo.move(old_commit, new, checkpoint=checkpoint, abilities=abilities))


if __name__ == "__main__":
    main(*sys.argv[1:])
