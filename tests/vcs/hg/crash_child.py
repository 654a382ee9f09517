"""Commits, or takes in what the remote has, and kills itself on the way: `ROOT CHECKPOINT`."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import cast

from autosyncd.vcs.hg.mover import Mover
from autosyncd.vcs.hg.repository import HgRepository
from tests.vcs.contract.copies import open_copy
from tests.vcs.contract.hg_subject import HgSubject


async def main(root: Path, name: str) -> None:
    """Move the tree, and die when the checkpoint is reached."""
    copy = await open_copy(HgSubject(), root)
    repository = cast("HgRepository", copy.repository)

    def die(reached: str) -> None:
        if reached == name:
            os.kill(os.getpid(), signal.SIGKILL)

    repository._update.mover = Mover(repository._hg, repository._layout, die)
    await copy.sync()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
