"""What the user does with Mercurial meanwhile, and what a killed process leaves behind."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from autosyncd.core.plan import Relation
from autosyncd.errors import NeedsUserError
from tests.vcs.contract.copies import open_copy
from tests.vcs.hg.conftest import SUBJECT, Pair
from tests.vcs.hg.hg_world import hg


async def test_what_the_user_is_in_the_middle_of_is_left_alone(pair: Pair) -> None:
    root = pair.mine.root
    pair.mine.write({b"a.txt": b"newer\n"})
    await pair.mine.commit()
    hg(root, "update", "-q", "-r", "0")
    older = await pair.mine.repository.inspect()
    assert older.obstacle == "an older commit is checked out"
    hg(root, "update", "-q", "tip")
    assert (await pair.mine.repository.inspect()).obstacle is None
    (root / ".hg" / "graftstate").write_text("x")
    assert (await pair.mine.repository.inspect()).obstacle == "a graft is under way"
    with pytest.raises(NeedsUserError):
        await pair.mine.repository.move("0" * 40)


async def test_a_merge_of_the_users_is_left_alone(pair: Pair) -> None:
    root = pair.mine.root
    for number in range(2):
        hg(root, "update", "-q", "-r", "0")
        (root / f"new{number}").write_text("x")
        hg(root, "commit", "-q", "-A", "-m", f"head {number}")
    hg(root, "merge", "-q")
    standing = await pair.mine.repository.inspect()
    assert standing.obstacle == "a merge is under way"
    assert standing.cure


async def test_secret_commits_stay_here(pair: Pair) -> None:
    root = pair.mine.root
    pair.mine.write({b"open": b"o\n"})
    await pair.mine.commit()
    pair.mine.write({b"private": b"p\n"})
    made = await pair.mine.commit()
    assert made
    hg(root, "phase", "--secret", "--force", "-r", made.info.id)
    await pair.mine.sync()
    standing = await pair.mine.repository.inspect()
    assert standing.relation is Relation.SAME
    [told] = standing.withheld
    assert told.why == "a secret commit stays here"
    pair.theirs.write({b"theirs": b"t\n"})
    await pair.theirs.sync()
    await pair.mine.sync()
    assert pair.mine.files()[b"theirs"] == b"t\n"
    await pair.theirs.sync()
    assert b"open" in pair.theirs.files()
    assert b"private" not in pair.theirs.files()
    assert b"private" in pair.mine.files()
    hg(root, "phase", "--draft", "-r", ".")
    await pair.mine.sync()
    assert (await pair.mine.repository.inspect()).withheld == ()
    await pair.theirs.sync()
    assert pair.theirs.files() == pair.mine.files()


async def test_the_active_bookmark_is_what_is_synced(pair: Pair) -> None:
    hg(pair.mine.root, "bookmark", "work")
    pair.mine.write({b"new": b"n\n"})
    await pair.mine.sync()
    assert (await pair.mine.repository.inspect()).branch == "work"
    shared = Path(pair.address)
    assert b"work" in hg(shared, "bookmarks")
    hg(pair.theirs.root, "pull", "-q", "-B", "work")
    hg(pair.theirs.root, "update", "-q", "work")
    pair.theirs.write({b"back": b"b\n"})
    await pair.theirs.sync()
    pair.mine.write({b"mine": b"m\n"})
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.mine.files() == pair.theirs.files()
    assert b"@" not in hg(pair.mine.root, "bookmarks")
    tips = [hg(c.root, "log", "-r", "work", "-T", "{node}") for c in (pair.mine, pair.theirs)]
    assert tips[0] == tips[1] == hg(shared, "log", "-r", "work", "-T", "{node}")


async def test_a_transaction_of_a_killed_hg_is_rolled_back(pair: Pair, tmp_path: Path) -> None:
    root = pair.mine.root
    pair.mine.write({b"new": b"n\n"})
    hook = f"hooks.pretxncommit=kill -9 {os.getpid()}".replace(str(os.getpid()), "$PPID")
    killed = subprocess.run(
        ["hg", "commit", "-q", "-A", "-m", "never", "-u", "x", "--config", hook],
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (root / ".hg" / "store" / "journal").exists()
    again = await open_copy(SUBJECT, root)
    assert again.repository.mended
    assert not (root / ".hg" / "store" / "journal").exists()
    await again.sync()
    await pair.theirs.sync()
    assert pair.theirs.files()[b"new"] == b"n\n"


async def test_a_lock_of_another_host_is_not_touched(pair: Pair) -> None:
    root = pair.mine.root
    lock, journal = root / ".hg" / "store" / "lock", root / ".hg" / "store" / "journal"
    lock.symlink_to("elsewhere.example:1")
    journal.write_bytes(b"")
    again = await open_copy(SUBJECT, root)
    assert (again.repository.mended, lock.is_symlink(), journal.exists()) == ((), True, True)


async def test_repositories_inside_are_told_of_unless_ignored(pair: Pair) -> None:
    root = pair.mine.root
    pair.mine.write({b"tracked/f": b"f\n", b".hgignore": b"syntax: glob\nbuild\n"})
    await pair.mine.commit()
    for name in ("tracked", "build/dep", "in/ner", "mine.tmp"):
        hg(root, "init", name)
    copy = await open_copy(SUBJECT, root, ignore=("*.tmp/",))
    left = {b"tracked", b"in/ner"}
    assert {entry.path for entry in (await copy.settled()).left_out} == left
    look = await copy.repository.look(frozenset({b"in/ner"}))
    assert [entry.path for entry in look.left_out] == [b"in/ner"]
    assert (await copy.repository.look(frozenset({b".hgignore"}))).left_out == ()
