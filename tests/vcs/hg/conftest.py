"""Two opened working copies of one shared Mercurial repository."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.vcs.contract.copies import Copy, close_opened, open_copy
from tests.vcs.contract.hg_subject import HgSubject

SUBJECT = HgSubject()
FIRST = {b"a.txt": b"one\ntwo\nthree\n", b"sub/b.txt": b"b\n"}


@dataclass(frozen=True, slots=True)
class Pair:
    """The shared repository's address, and two clones."""

    address: str
    mine: Copy
    theirs: Copy


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Both have the files of FIRST."""
    server = tmp_path / "server"
    server.mkdir()
    address = SUBJECT.share(server, FIRST)
    for name in ("mine", "theirs"):
        SUBJECT.check_out(address, tmp_path / name)
    mine, theirs = [await open_copy(SUBJECT, tmp_path / name) for name in ("mine", "theirs")]
    yield Pair(address, mine, theirs)
    await close_opened()
