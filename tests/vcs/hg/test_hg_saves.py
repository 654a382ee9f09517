"""What a program needs for moments while it saves is in no commit of Mercurial's either."""

import asyncio
import os

import pytest

from autosyncd.vcs.tree.disk import FRESH
from tests.vcs.git.test_git_saves import Player, recordings
from tests.vcs.hg.conftest import FIRST, Pair
from tests.vcs.hg.hg_world import hg

BEGINNINGS = ("vim 9.0 :w, backupcopy=no", "JetBrains, safe write over", "Kate", "sed -i", "rsync")
TITLES = [title for title in recordings() if title.startswith(BEGINNINGS)]


def test_all_of_them_are_recorded() -> None:
    assert len(TITLES) == len(BEGINNINGS)


@pytest.mark.once
@pytest.mark.parametrize("title", TITLES)
async def test_no_step_of_a_save_leaves_its_traces_in_a_commit(pair: Pair, title: str) -> None:
    steps, mine, player = recordings()[title], pair.mine, Player(pair.mine.root)
    real = FIRST.keys() | {b"note.txt"}
    written = {os.fsencode(step.name) for step in steps if step.name.startswith("a/")}
    mine.write({b"note.txt": b"before\n"})
    await mine.commit()
    for step in steps:
        if player.play(step):
            await asyncio.sleep(FRESH + 0.005)
            look = await mine.repository.look(None)
            if look.changes:
                await mine.repository.commit(look, _message)
                tracked = set(hg(mine.root, "manifest", "-r", ".").splitlines())
                assert real <= tracked <= real | written
    await mine.commit()
    assert hg(mine.root, "cat", "-r", ".", "note.txt") == mine.files()[b"note.txt"]
    assert hg(mine.root, "status", "-mard") == b""


async def _message(_changes: object) -> str:
    return "m"
