"""Does a machine's round, describes its commit, and kills itself on the way: `ROOT NUMBER`."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from autosyncd.process import Finished
from autosyncd.vcs.hg.server import CommandServer
from tests.vcs.contract.copies import open_copy
from tests.vcs.contract.hg_subject import HgSubject


def arm(number: int) -> None:
    """Die before the `number`th command, or, if that is odd, in the middle of it, together with
    the hg that works at it."""
    run, left = CommandServer.run, [number]

    async def counted(
        server: CommandServer, arguments: Sequence[bytes], timeout: float
    ) -> Finished:
        left[0] -= 1
        if left[0] < 0:
            if number % 2 and server._process:
                work = asyncio.ensure_future(run(server, arguments, timeout))
                await asyncio.wait({work}, timeout=random.uniform(0, 0.02))
                os.kill(server._process.pid, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        return await run(server, arguments, timeout)

    setattr(CommandServer, "run", counted)  # noqa: B010 - for as long as this process lives


async def main(root: Path) -> None:
    """What a worker does when somebody has edited, and has words for it."""
    copy = await open_copy(HgSubject(), root)
    if made := await copy.commit():
        await copy.repository.describe(made.info.id, "in a user's words")
    await copy.sync()
    await copy.repository.tidy()
    await copy.repository.close()


if __name__ == "__main__":
    arm(int(sys.argv[2]))
    print("begun", flush=True)
    asyncio.run(main(Path(sys.argv[1])))
