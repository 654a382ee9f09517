"""A repository to play with."""

from pathlib import Path

import pytest

from tests.vcs.git.move.playground import Playground


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Playground:
    """An empty repository on the branch main."""
    return Playground(tmp_path / "tree")
