"""I8: kill -9 anywhere in a round; the next start loses nothing, and all end up the same."""

import os
from pathlib import Path

import pytest

from tests.torture.kills import survive
from tests.torture.taps import impatient

MOMENTS = 200 if os.environ.get("AUTOSYNC_ATTACKS") == "all" else 10
"""`make test` has all on its first Python."""


@pytest.mark.timeout(300)
async def test_a_daemon_killed_between_two_git_commands_loses_nothing(tmp_path: Path) -> None:
    with impatient():
        await survive(tmp_path, 1, range(2, 60, 5))


@pytest.mark.timeout(1200)
async def test_a_daemon_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    with impatient():
        await survive(tmp_path, 2, (), moments=MOMENTS)
