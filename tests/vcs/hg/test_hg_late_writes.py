"""What is written to a file after an update has displaced it, through a descriptor from before."""

from typing import cast

import pytest

from autosyncd.vcs.hg import tree_update
from autosyncd.vcs.hg.mover import Mover
from autosyncd.vcs.hg.repository import HgRepository
from autosyncd.vcs.tree import leftovers
from autosyncd.vcs.tree.syscalls import NO_ABILITIES
from tests.vcs.hg.conftest import Pair


async def test_a_late_write_is_committed_and_merged(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_update, "GRACE", 0.0)
    monkeypatch.setattr(leftovers, "UNLEASED_GRACE", 0.0)
    repository = cast("HgRepository", pair.mine.repository)
    layout = repository._layout
    repository._update.mover = Mover(repository._hg, layout, abilities=NO_ABILITIES)
    pair.theirs.write({b"a.txt": b"zero\none\ntwo\nthree\n"})
    await pair.theirs.sync()
    with pair.mine.path(b"a.txt").open("ab") as late:
        await pair.mine.sync()
        assert pair.mine.files()[b"a.txt"] == b"zero\none\ntwo\nthree\n"
        late.write(b"four, late\n")
    await repository.tidy()
    assert pair.mine.files()[b"a.txt"] == b"zero\none\ntwo\nthree\nfour, late\n"
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == pair.mine.files()
    assert await repository.tidy() is None
