"""A commit gets the user's words, as long as nobody else has it."""

import pytest

from autosyncd.errors import NeedsUserError, RepositoryFailedError, RetryError
from autosyncd.vcs.hg.states import LOST
from tests.vcs.contract.copies import open_copy
from tests.vcs.hg.conftest import SUBJECT, Pair
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


@pytest.mark.parametrize("hook", ["pretxnclose", "pretxnchangegroup"])
async def test_an_hg_that_is_killed_while_it_replaces_the_old_commits_loses_none(
    pair: Pair, hook: str
) -> None:
    """While they are stripped, or while what was made after them is added again."""
    made = [await commit(pair, name) for name in (b"first", b"second")]
    pair.mine.write({b"open": b"in no commit\n"})
    hgrc = pair.mine.root / ".hg" / "hgrc"
    before = hgrc.read_text()
    killing = 'case "$HG_TXNNAME $HG_SOURCE" in *strip*) kill -9 $PPID;; esac'
    hgrc.write_text(f"{before}[hooks]\n{hook} = {killing}\n")
    with pytest.raises(RetryError, match="ended in the middle"):
        await pair.mine.repository.describe(made[0], "Why")
    hgrc.write_text(before)
    await pair.mine.repository.close()
    again = await open_copy(SUBJECT, pair.mine.root)
    standing = await again.repository.inspect()
    assert standing.obstacle is None
    assert log(pair, "{desc|firstline}\n") == ["Why", "1 changed"]
    assert hg(again.root, "status") == b"? open\n"
    assert len(log(pair, "{node}\n", "head()")) == 1
    hg(again.root, "verify", "-q")
    await again.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == again.files()


async def test_where_the_commit_of_the_files_is_lost_nothing_is_committed(pair: Pair) -> None:
    """A new history would begin, that has nothing in common with the others'."""
    made = await commit(pair, b"first")
    control = pair.mine.root / ".hg"
    dirstate, bundle = (control / "dirstate").read_bytes(), control / "strip-backup" / "x-temp.hg"
    bundle.parent.mkdir(exist_ok=True)
    hg(pair.mine.root, "bundle", "-q", "--base", "0", "-r", made, bundle)
    kept = bundle.rename(control / "elsewhere")
    hg(pair.mine.root, "--config", "extensions.strip=", "strip", "--keep", "-q", made)
    (control / "dirstate").write_bytes(dirstate)
    for backup in bundle.parent.iterdir():
        backup.unlink()
    standing = await pair.mine.repository.inspect()
    assert standing.obstacle == LOST.what
    assert standing.cure
    pair.mine.write({b"edited": b"e\n"})
    with pytest.raises(NeedsUserError):
        await pair.mine.commit()
    kept.rename(bundle)
    standing = await pair.mine.repository.inspect()
    assert (standing.obstacle, standing.head) == (None, made)
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == pair.mine.files()


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
