"""Takes in what a remote has, or commits, and kills itself on the way: `ROOT WHAT CHECKPOINT`."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

from autosyncd.vcs.git import index_memory, tree_update
from autosyncd.vcs.git.mover import move_tree
from tests.vcs.git.git_world import commit, opened


async def pass_by(root: Path) -> None:
    """What came in passes by `a`."""
    repository = await opened(root)
    repository._update._obstacles.passed_by.add(b"a")
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)


async def join(root: Path) -> None:
    """What is on disk may be committed."""
    await commit(await opened(root))


def main(root: str, what: str, name: str) -> None:
    """Die at a checkpoint of the move."""

    def checkpoint(reached: str) -> None:
        if reached == name:
            os.kill(os.getpid(), signal.SIGKILL)

    index_memory.GIT_QUIET = 0.0
    tree_update.move_tree = partial(move_tree, checkpoint=checkpoint)  # type: ignore[attr-defined]  # a test's own
    asyncio.run({"pass": pass_by, "join": join}[what](Path(root)))


if __name__ == "__main__":
    main(*sys.argv[1:])
