"""A place for configuration files in each test."""

from pathlib import Path

import pytest

from tests.config.config_loader import Loader


@pytest.fixture
def loader(tmp_path: Path, home: Path) -> Loader:
    folder = tmp_path / "configuration"
    folder.mkdir()
    return Loader(folder, home)
