"""Where another file system hides a part of the tree, nothing is written, whatever comes in."""

from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError, RemoteNeedsUserError
from tests.vcs.contract.conftest import FIRST, Pair
from tests.vcs.contract.copies import Copy, open_copy
from tests.vcs.contract.subject import Subject

FOLDER = b"sub"
BY_HAND = {b"sub/stray": b"of another disk\n"}


def hide(copy: Copy, aside: Path) -> None:
    """As a mount does: the folder's own content is not to be seen."""
    copy.path(FOLDER).rename(aside)
    copy.path(FOLDER).mkdir()
    copy.write(BY_HAND)


def show(copy: Copy, aside: Path) -> None:
    """As an unmount does."""
    copy.path(b"sub/stray").unlink()
    copy.path(FOLDER).rmdir()
    aside.rename(copy.path(FOLDER))


async def comes_in(copy: Copy) -> None:
    await copy.repository.fetch()
    await copy.take_in()


async def test_what_comes_in_for_a_hidden_folder_waits_or_passes_by(
    subject: Subject, pair: Pair, tmp_path: Path
) -> None:
    shut: set[bytes] = set()
    mine = await open_copy(subject, pair.mine.root, shut=lambda _root: frozenset(shut))
    both = Pair(pair.address, mine, pair.theirs)
    await both.agree()
    hide(mine, tmp_path / "hidden")
    shut.add(FOLDER)
    pair.theirs.write({b"sub/b.txt": b"theirs\n", b"sub/new": b"theirs\n", b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    mine.write({b"mine": b"m\n"})
    if not subject.can.some:
        with pytest.raises(NeedsUserError, match="commits all or nothing"):
            await mine.commit(b"mine")
    elif subject.can.offline:
        await mine.commit(b"mine")
    else:  # its commits meet what the server has
        mine.write({b"a.txt": b"mine\n"})
        with pytest.raises(RemoteNeedsUserError, match="what is mounted at sub is not"):
            await mine.commit(b"a.txt")
        mine.write({b"a.txt": FIRST[b"a.txt"]})
    if subject.can.passes_by:
        await comes_in(mine)
        assert mine.files()[b"a.txt"] == b"theirs\n"
    else:
        with pytest.raises(RemoteNeedsUserError, match="what is mounted at sub is not"):
            await comes_in(mine)
    assert {p: c for p, c in mine.files().items() if p.startswith(b"sub/")} == BY_HAND
    show(mine, tmp_path / "hidden")
    shut.clear()
    await both.agree()
    assert mine.files() == {
        b"a.txt": b"theirs\n",
        b"sub/b.txt": b"theirs\n",
        b"sub/new": b"theirs\n",
        b"mine": b"m\n",
    }
