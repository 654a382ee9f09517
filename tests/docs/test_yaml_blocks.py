"""Every piece of configuration in the documentation is one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.config_loader import Loader
from tests.docs.markdown import PAGES, ROOT

_YAML = re.compile(r"(?ms)^```yaml\n(.*?)^```")


def blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in _YAML.finditer(page.read_text()):
            yield str(page.relative_to(ROOT)), found[1]


@pytest.fixture
def loader(tmp_path: Path, home: Path) -> Loader:
    return Loader(tmp_path, home)


@pytest.mark.parametrize(("page", "text"), tuple(blocks()))
def test_a_piece_of_configuration_is_free_of_mistakes(page: str, text: str, loader: Loader) -> None:
    assert loader.load(text), page


def test_there_are_pieces_to_check() -> None:
    assert len({page for page, _ in blocks()}) > 2
