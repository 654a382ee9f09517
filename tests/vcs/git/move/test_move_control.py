"""The control: what stock git does to the same writers that lose nothing with us."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from autosyncd.vcs.git.mover import Moved
from autosyncd.vcs.tree.advance import Skipped
from autosyncd.vcs.tree.place import Why
from autosyncd.vcs.tree.syscalls import Abilities
from tests.vcs.git.move.playground import Playground
from tests.vcs.git.move.test_move_races import Remote, in_logs, in_tree, writers

CROWD = 4000
"""More files that each update changes: git's own merge is busy for a while."""

SLOWLY = 2.0
"""Seconds between two edits, or as many as an update needs, at most: with faster ones git's own
merge never gets through, and what does not come in loses nothing."""

ROUNDS = 5
"""Updates after which is counted."""

LIMIT = 400.0
PATIENCE = 10.0
"""Seconds after which an update that is always refused is put in by force."""


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
            self.repo.run("reset", "-q", "--soft", new)
            self.repo.run("reset", "-q")
            return Moved(done=True)
        dirty = self.repo.run("diff-files", "--name-only").splitlines()
        return Moved(False, 0, tuple(Skipped(os.fsencode(p), Why.USER_EDIT) for p in dirty))


async def lost_by(remote: Remote, logs: Path, first: int) -> set[str]:
    """The lines that are nowhere any more after some updates while programs write."""
    logs.mkdir()
    with writers(remote.repo, logs, max(SLOWLY, await remote.room(-first - 1, None))):
        for number in range(first, first + ROUNDS):
            await remote.update(number, None)
    await remote.sweep()
    return in_logs(logs) - remote.seen - in_tree(remote.repo)


@pytest.mark.once
@pytest.mark.timeout(900)
async def test_stock_git_loses_lines_where_we_lose_none(tmp_path: Path) -> None:
    stock, rounds, lost = StockRemote(Playground(tmp_path / "stock"), CROWD), 0, set[str]()
    limit = time.monotonic() + LIMIT
    while not lost and time.monotonic() < limit:
        lost = await lost_by(stock, tmp_path / f"stock-{rounds}", rounds)
        rounds += ROUNDS
    assert lost, f"a workload that stock git survives shows nothing ({rounds} updates)"
    ours = Remote(Playground(tmp_path / "ours"), CROWD)
    for number in range(0, rounds, ROUNDS):
        assert await lost_by(ours, tmp_path / f"ours-{number}", number) == set()
    print(f"stock git lost {len(lost)} lines in {rounds} updates, {stock.stuck} of them stuck")
