"""Of very many changes at once none is missed, nobody starves, and memory stays small."""

from pathlib import Path

import pytest

from tests.torture.storm import MAX_SETTLE, storm

FILES = 12_000
LIMIT = 120.0
MEMORY = 80.0


@pytest.mark.system
@pytest.mark.once
@pytest.mark.timeout(600)
def test_a_storm_is_committed_whole_and_starves_nobody(tmp_path: Path) -> None:
    came = storm(tmp_path, FILES, LIMIT)
    print(came)
    assert came.commits <= 3 + came.whole / MAX_SETTLE
    assert came.most - came.before < MEMORY
