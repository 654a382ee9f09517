"""A tree to watch and an inotify instance to watch it by."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from autosyncd.watch.inotify import Inotify
from tests.watch.heard import Watching


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


@pytest_asyncio.fixture
async def watching() -> AsyncIterator[Watching]:
    """Starts watches; all end with the test."""
    inotify = Inotify()
    yield Watching(inotify)
    inotify.close()
