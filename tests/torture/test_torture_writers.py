"""I1, I2 and I6 with programs that never stop writing and reading, through the whole engine."""

from pathlib import Path

import pytest

from tests.extent import extent
from tests.torture.workload import Scene, writers_against_updates
from tests.vcs.git.move.test_move_races import Reader

ROUNDS = extent(16, 4)
LINES = 5000
PATIENCE = 60.0
"""Seconds that an update may take on a busy machine: it must arrive, not be fast."""


@pytest.mark.timeout(600)
async def test_programs_that_write_lose_no_line_and_hinder_no_update(tmp_path: Path) -> None:
    tally = await writers_against_updates(tmp_path, ROUNDS, limit=PATIENCE)
    assert tally.written > ROUNDS
    assert not tally.lost, tally
    assert not tally.hidden, tally
    assert tally.stuck == 0, tally


async def test_who_reads_all_the_time_sees_whole_versions_only(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    await scene.begin({"a": "0\n" * LINES, "d/b": "0\n" * LINES})
    async with scene.living() as home:
        reader = Reader([scene.tree / "a", scene.tree / "d" / "b"], LINES)
        with reader:
            for number in range(1, 6):
                scene.write(dict.fromkeys(("a", "d/b"), f"{number}\n" * LINES))
                assert await scene.arrive(home, await scene.push())
    assert reader.complaints == []
    assert reader.versions > 1
