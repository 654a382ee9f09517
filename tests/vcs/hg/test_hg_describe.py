"""A commit gets the user's words, as long as nobody else has it."""

import pytest

from autosyncd.errors import RepositoryFailedError
from tests.vcs.hg.conftest import Pair
from tests.vcs.hg.hg_world import hg

FACTS = "{author} {date|hgdate} {phase} {files} {branch}\\n"


def log(pair: Pair, template: str, revisions: str = "::. and draft()") -> list[str]:
    return hg(pair.mine.root, "log", "-r", revisions, "-T", template).decode().splitlines()


async def commit(pair: Pair, name: bytes) -> str:
    pair.mine.write({name: b"automatic\n"})
    made = await pair.mine.commit()
    assert made
    return made.info.id


async def test_it_and_what_was_made_on_it_are_made_again_and_no_file_is_touched(
    pair: Pair,
) -> None:
    hg(pair.mine.root, "bookmark", "-r", "0", "elsewhere")
    made = [await commit(pair, name) for name in (b"first", b"second", b"third")]
    facts = log(pair, FACTS)
    pair.mine.write({b"second": b"an edit that is in no commit yet\n", b"new": b"n\n"})
    before = {p: p.stat().st_mtime_ns for p in pair.mine.root.iterdir() if p.is_file()}
    new = await pair.mine.repository.describe(made[1], "  Why\nin two lines ")
    assert log(pair, "{desc|firstline}\n") == ["1 changed", "Why", "1 changed"]
    assert log(pair, "{desc}\n", new)[:4] == ["Why", "in two lines", "", "Autosync-Host: testhost"]
    assert log(pair, FACTS) == facts
    after = {p: p.stat().st_mtime_ns for p in pair.mine.root.iterdir() if p.is_file()}
    assert after == before
    assert hg(pair.mine.root, "status") == b"M second\n? new\n"
    assert (
        hg(pair.mine.root, "log", "-r", "head()", "-T", "{node}").decode()
        == log(pair, "{node}", ".")[0]
    ), "the old ones are gone"
    assert list((pair.mine.root / ".hg" / "strip-backup").iterdir())
    hg(pair.mine.root, "verify", "-q")
    standing = await pair.mine.repository.inspect()
    assert (standing.obstacle, standing.ahead) == (None, 3)
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == pair.mine.files()
    assert "Why" in hg(pair.theirs.root, "log", "-T", "{desc|firstline}\n").decode()


async def test_what_others_have_or_is_not_ours_is_refused(pair: Pair) -> None:
    pushed = await commit(pair, b"pushed")
    await pair.mine.sync()
    hg(pair.mine.root, "phase", "--draft", "--force", "-r", pushed)
    (pair.mine.root / "by hand").write_text("x")
    hg(pair.mine.root, "commit", "-q", "-A", "-m", "by hand")
    by_hand = hg(pair.mine.root, "log", "-r", ".", "-T", "{node}").decode()
    ours = await commit(pair, b"ours")
    hg(pair.mine.root, "commit", "-q", "-m", "other", "--config", "ui.allowemptycommit=yes")
    hg(pair.mine.root, "update", "-q", ours)
    (pair.mine.root / "a.txt").write_text("another head\n")
    hg(pair.mine.root, "commit", "-q", "-m", "another head")
    for which in (pushed, by_hand, ours, "f" * 40, "nonsense"):
        with pytest.raises(RepositoryFailedError, match="cannot describe"):
            await pair.mine.repository.describe(which, "words")
    with pytest.raises(RepositoryFailedError, match="empty"):
        await pair.mine.repository.describe(ours, " ")
    assert "words" not in hg(pair.mine.root, "log", "-T", "{desc}").decode()
