"""What stock git does to the same writers, to compare: `FOLDER [ROUNDS]`. Not part of the suite.

Prints how many edits are nowhere any more, and how many updates were refused for seconds.
"""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from autosyncd.vcs.git.mover import Moved
from autosyncd.vcs.tree.advance import Skipped
from autosyncd.vcs.tree.place import Why
from autosyncd.vcs.tree.syscalls import Abilities
from tests.vcs.git.move.playground import Playground
from tests.vcs.git.move.test_move_races import Remote, writers
from tests.vcs.git.move.writers import PAUSE, STYLES

PATIENCE = 10.0
"""Seconds after which an update that is always refused counts as stuck."""


class StockRemote(Remote):
    """Updates by `git merge --ff-only`; what it refuses to overwrite gets committed."""

    stuck = 0

    async def update(self, number: int, abilities: Abilities | None) -> None:
        """One update, or a count of one that never came through."""
        self._deadline = time.monotonic() + PATIENCE
        await super().update(number, abilities)

    async def _attempt(self, new: str, abilities: Abilities | None) -> Moved:
        argv = ["git", "merge", "--ff-only", "-q", new]
        done = subprocess.run(argv, cwd=self.repo.root, capture_output=True, check=False)
        if done.returncode == 0:
            return Moved(done=True)
        if time.monotonic() > self._deadline:
            self.stuck += 1
            self.repo.run("reset", "-q", "--hard", new)
            return Moved(done=True)
        dirty = self.repo.run("diff-files", "--name-only").splitlines()
        return Moved(False, 0, tuple(Skipped(os.fsencode(p), Why.USER_EDIT) for p in dirty))


async def main(folder: Path, rounds: int) -> None:
    """Run the workload, and count."""
    repo, logs = Playground(folder / "tree"), folder / "logs"
    remote = StockRemote(repo)
    logs.mkdir()
    with writers(repo, logs, PAUSE):
        for number in range(rounds):
            await remote.update(number, None)
    written = {line for log in logs.iterdir() for line in log.read_text().splitlines()}
    kept = {line for style in STYLES for line in repo.read(style).splitlines()}
    lost = written - kept - remote.seen
    print(f"{len(lost)} of {len(written)} edits lost, {remote.stuck} of {rounds} updates stuck")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int((sys.argv[2:] or ["90"])[0])))
