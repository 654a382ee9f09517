"""Saves by editors that had not seen an update: merged once, and never taken for a wish."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from autosyncd.vcs.hg.repository import HgRepository
from tests.vcs.contract.copies import Copy, open_copy
from tests.vcs.hg.conftest import SUBJECT, Pair
from tests.vcs.hg.hg_world import hg

OLD = [f"line {number}" for number in range(20)]


def text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def changed(lines: list[str], **at: str) -> list[str]:
    """The lines with some replaced: `n3="…"` is the fourth."""
    return [at.get(f"n{number}", line) for number, line in enumerate(lines)]


async def updated(pair: Pair, *versions: list[str]) -> None:
    """`doc` was OLD at both, and then these versions came in from the other machine."""
    for lines in (OLD, *versions):
        pair.theirs.write({b"doc": text(lines)})
        await pair.theirs.sync()
        await pair.mine.sync()
    assert pair.mine.files()[b"doc"] == text(versions[-1])


async def save(copy: Copy, lines: list[str]) -> bytes:
    """Save and commit; returns what is on disk then."""
    copy.write({b"doc": text(lines)})
    assert await copy.commit(b"doc")
    return copy.files()[b"doc"]


async def test_a_stale_save_is_merged_once_and_wins_the_second_time(pair: Pair) -> None:
    first = changed(OLD, n18="theirs")
    second = changed(first, n10="theirs, too")
    await updated(pair, first, second)
    await pair.mine.repository.close()
    again = await open_copy(SUBJECT, pair.mine.root)
    mine = changed(OLD, n1="mine")
    assert await save(again, mine) == text(changed(second, n1="mine"))
    assert not (await again.settled()).changes
    assert hg(again.root, "status") == b""
    await again.sync()
    await pair.theirs.sync()
    assert pair.theirs.files()[b"doc"] == text(changed(second, n1="mine"))
    assert await save(again, mine) == text(mine)


async def test_a_stale_save_of_the_same_lines_keeps_both_versions(pair: Pair) -> None:
    theirs = changed(OLD, n5="theirs", n18="theirs")
    await updated(pair, theirs)
    assert await save(pair.mine, changed(OLD, n5="mine")) == text(
        changed(OLD, n5="mine", n18="theirs")
    )
    (copy,) = pair.mine.root.glob("doc.conflict-*")
    assert copy.read_bytes() == text(theirs)
    [found] = await pair.mine.repository.conflict_copies()
    assert (found.path, found.copy) == (b"doc", copy.name.encode())


async def test_who_has_seen_what_came_in_is_taken_at_their_word(pair: Pair) -> None:
    theirs = changed(OLD, n5="theirs", n18="theirs")
    for mine in (OLD, changed(theirs, n1="mine", n5=OLD[5]), changed(theirs, n18="corrected")):
        await updated(pair, theirs)
        assert await save(pair.mine, mine) == text(mine)
        assert not list(pair.mine.root.glob("doc.conflict-*"))
        await pair.mine.sync()
        await pair.theirs.sync()


async def test_lines_that_must_not_be_committed_go_beside_the_save(pair: Pair) -> None:
    theirs = changed(OLD, n18="theirs")
    await updated(pair, theirs)
    asked: list[bytes] = []

    async def unfit(_path: bytes, file: Path) -> bool:
        asked.append(file.read_bytes())
        return False

    update = cast("HgRepository", pair.mine.repository)._update
    update.options = replace(update.options, fit=unfit)
    mine = changed(OLD, n1="mine")
    assert await save(pair.mine, mine) == text(mine)
    assert asked == [text(changed(theirs, n1="mine"))]
    [copy] = pair.mine.root.glob("doc.conflict-*")
    assert copy.read_bytes() == text(theirs)


async def test_what_came_in_for_a_document_that_is_open_is_put_beside_its_save(pair: Pair) -> None:
    for version in (b"old", b"theirs"):
        pair.theirs.write({b"letter.odt": b"PK\0" + version})
        await pair.theirs.sync()
        if version == b"theirs":
            (pair.mine.root / ".~lock.letter.odt#").write_text(",me,host,now;")
        await pair.mine.sync()
    pair.mine.write({b"letter.odt": b"PK\0mine"})
    assert await pair.mine.commit(b"letter.odt")
    files = pair.mine.files()
    assert files[b"letter.odt"] == b"PK\0mine"
    assert [files[name] for name in files if b".conflict-" in name] == [b"PK\0theirs"]
