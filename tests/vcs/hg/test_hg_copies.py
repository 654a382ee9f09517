"""Of a look's copies, what they have is committed, and what is on disk stays a change."""

from autosyncd.vcs.base import Change, ChangeKind, Look
from tests.vcs.hg.conftest import Pair
from tests.vcs.hg.hg_world import hg


async def _message(_changes: object) -> str:
    return "automatic"


async def test_the_copy_is_committed_and_the_file_stays_a_change(pair: Pair) -> None:
    mine, path = pair.mine, b"a.txt"
    (mine.root / "a.txt").write_text("later\nstill later\n")
    assert mine.repository.copies_in is not None
    mine.repository.copies_in.mkdir(parents=True)
    copy = mine.repository.copies_in / "0"
    copy.write_text("later\n")
    copy.chmod(0o700)
    look = Look((Change(path, ChangeKind.MODIFIED),), (path,), copies={path: copy})
    commit = await mine.repository.commit(look, _message)
    assert commit is not None
    assert commit.unstable == ()
    assert hg(mine.root, "cat", "a.txt", "-r", ".") == b"later\n"
    assert (mine.root / "a.txt").read_bytes() == b"later\nstill later\n"
    assert hg(mine.root, "status").strip() == b"M a.txt"
    assert b"755" in hg(mine.root, "manifest", "-v", "-r", ".")
