"""I8: kill -9 anywhere in a round; the next start loses nothing, and all end up the same."""

from pathlib import Path

import pytest

from tests.extent import extent
from tests.torture.kills import survive
from tests.torture.taps import impatient

MOMENTS = extent(200, 10)
APART = extent(3, 11)
"""The round dies in front of every so manyth of its git commands."""


@pytest.mark.timeout(300)
async def test_a_daemon_killed_between_two_git_commands_loses_nothing(tmp_path: Path) -> None:
    with impatient():
        await survive(tmp_path, 1, range(2, 60, APART))


@pytest.mark.timeout(1200)
async def test_a_daemon_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    with impatient():
        await survive(tmp_path, 2, (), moments=MOMENTS)
