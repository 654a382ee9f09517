"""I9: after a power cut nothing is broken, and nothing that was said to be done is undone."""

import os
from pathlib import Path

import pytest

from tests.torture.power import cut_off, why_not

CUTS = 2
OBSTACLE = None if os.environ.get("CI") == "true" else why_not()


@pytest.mark.skipif(OBSTACLE is not None, reason=OBSTACLE or "")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["ext4", pytest.param("xfs", marks=pytest.mark.once)])
def test_a_power_cut_undoes_nothing_that_was_done(tmp_path: Path, kind: str) -> None:
    said = dict(part.split(":") for part in cut_off(tmp_path, kind, 1, CUTS).split())
    assert all(int(said[what]) >= CUTS for what in ("committed", "pushed", "integrated")), said
