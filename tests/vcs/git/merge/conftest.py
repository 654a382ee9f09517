"""A clone of its own for each test of merging."""

from pathlib import Path

import pytest

from tests.vcs.git.merge.merge_world import Clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)
