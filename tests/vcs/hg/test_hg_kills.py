"""kill -9 of the engine and of its hg, anywhere in a round: the next start loses nothing."""

import os
import random
from pathlib import Path

import pytest

from tests.vcs.hg.hg_kills import survive

ALL = os.environ.get("AUTOSYNC_ATTACKS") == "all"
NUMBERS = range(1, 70, 6) if ALL else (7, 16, 25, 32)
MOMENTS = 12 if ALL else 3
"""`make test` has all on its first Python."""


@pytest.mark.timeout(600)
async def test_killed_before_or_in_any_command_of_hg_it_loses_nothing(tmp_path: Path) -> None:
    assert await survive(tmp_path, 1, NUMBERS) >= len(NUMBERS) // 3


@pytest.mark.timeout(600)
async def test_killed_at_any_moment_it_loses_nothing(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    await survive(tmp_path, seed, (), moments=MOMENTS)
