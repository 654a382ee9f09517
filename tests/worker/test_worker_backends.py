"""Which tool drives a repository."""

from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import OpenOptions, Repository
from autosyncd.worker.backends import choose


class Marked:
    """A tool whose repositories have an entry of that name in their root."""

    def __init__(self, name: str) -> None:
        self.name = name

    def detect(self, path: Path) -> Path | None:
        return next((p for p in (path, *path.parents) if (p / f".{self.name}").exists()), None)

    async def open(self, options: OpenOptions) -> Repository:
        raise NotImplementedError


FIRST, SECOND = BOTH = Marked("first"), Marked("second")


def test_the_nearest_root_tells(tmp_path: Path) -> None:
    (tmp_path / ".first").mkdir()
    inner = tmp_path / "in" / "ner"
    inner.mkdir(parents=True)
    assert choose("auto", inner, BOTH) is FIRST
    (tmp_path / "in" / ".second").mkdir()
    assert choose("auto", inner, BOTH) is SECOND
    assert choose("auto", tmp_path, BOTH) is FIRST


def test_where_two_share_a_root_the_first_has_it(tmp_path: Path) -> None:
    (tmp_path / ".first").mkdir()
    (tmp_path / ".second").mkdir()
    assert choose("auto", tmp_path, BOTH) is FIRST
    assert choose("auto", tmp_path, BOTH[::-1]) is SECOND


def test_a_name_is_taken_at_its_word(tmp_path: Path) -> None:
    (tmp_path / ".first").mkdir()
    assert choose("second", tmp_path, BOTH) is SECOND
    with pytest.raises(NeedsUserError) as caught:
        choose("third", tmp_path, BOTH)
    assert caught.value.line() == "there is no tool `vcs: third`; known are: first, second"


def test_what_is_in_no_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(NeedsUserError) as caught:
            choose("auto", path, BOTH)
        assert caught.value.hint
