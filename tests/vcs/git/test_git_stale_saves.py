"""Saves by editors that had not seen an update: merged once, and never taken for a wish."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, must_commit, opened, write

OLD = [f"line {number}" for number in range(20)]


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def changed(lines: list[str], **at: str) -> list[str]:
    """The lines with some replaced: `n3="…"` is the fourth."""
    return [at.get(f"n{number}", line) for number, line in enumerate(lines)]


async def updated(trio: Trio, new: list[str]) -> GitRepository:
    """A repository in which `doc` was OLD, and which has just taken in `new`."""
    commit_by_hand(trio.theirs, doc=text(OLD))
    git(trio.theirs, "push", "-q", "origin", "HEAD")
    repository = await opened(trio.mine)
    await take_in(repository)
    commit_by_hand(trio.theirs, doc=text(new))
    git(trio.theirs, "push", "-q", "origin", "HEAD")
    await take_in(repository)
    assert (trio.mine / "doc").read_text() == text(new)
    return repository


async def take_in(repository: GitRepository) -> None:
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)


async def save(repository: GitRepository, lines: list[str]) -> str:
    """Save and commit; returns what is on disk then."""
    write(repository.root, doc=text(lines))
    await must_commit(repository, b"doc")
    return (repository.root / "doc").read_text()


async def test_a_stale_save_is_merged_once_and_wins_the_second_time(trio: Trio) -> None:
    theirs = changed(OLD, n18="theirs")
    repository = await updated(trio, theirs)
    mine = changed(OLD, n1="mine")
    assert await save(repository, mine) == text(changed(theirs, n1="mine"))
    assert await save(repository, mine) == text(mine)


async def test_lines_that_must_not_be_committed_are_not_merged_but_both_are_kept(
    trio: Trio,
) -> None:
    theirs = changed(OLD, n18="theirs")
    repository = await updated(trio, theirs)
    asked: list[str] = []

    async def unfit(path: bytes, file: Path) -> bool:
        assert path == b"doc"
        asked.append(file.read_text())
        return False

    repository._upkeep.options = replace(repository._upkeep.options, fit=unfit)
    mine = changed(OLD, n1="mine")
    assert await save(repository, mine) == text(mine)
    assert asked == [text(changed(theirs, n1="mine"))]
    [copy] = trio.mine.glob("doc.conflict-*")
    assert copy.read_text() == text(theirs)


async def test_an_edit_of_what_came_in_is_no_stale_save(trio: Trio) -> None:
    theirs = changed(OLD, n18="theirs")
    repository = await updated(trio, theirs)
    edited = changed(theirs, n1="mine", n18="theirs, corrected by me")
    assert await save(repository, edited) == text(edited)
    assert not list(repository.root.glob("doc.conflict-*"))


async def test_going_back_to_the_old_version_is_a_wish(trio: Trio) -> None:
    repository = await updated(trio, changed(OLD, n18="theirs"))
    assert await save(repository, OLD) == text(OLD)


async def test_a_stale_save_that_changed_the_same_lines_keeps_both_versions(trio: Trio) -> None:
    theirs = changed(OLD, n5="theirs", n18="theirs")
    repository = await updated(trio, theirs)
    now = await save(repository, changed(OLD, n5="mine"))
    assert now == text(changed(OLD, n5="mine", n18="theirs"))
    (copy,) = repository.root.glob("doc.conflict-*")
    assert copy.read_text() == text(theirs)


async def test_two_updates_in_a_row_are_both_kept(trio: Trio) -> None:
    first = changed(OLD, n18="theirs")
    repository = await updated(trio, first)
    second = changed(first, n10="theirs, too")
    commit_by_hand(trio.theirs, doc=text(second))
    git(trio.theirs, "push", "-q", "origin", "HEAD")
    await take_in(repository)
    assert await save(repository, changed(OLD, n1="mine")) == text(changed(second, n1="mine"))


async def test_it_is_remembered_over_a_restart(trio: Trio) -> None:
    theirs = changed(OLD, n18="theirs")
    root = (await updated(trio, theirs)).root
    again = await opened(Path(root))
    assert await save(again, changed(OLD, n1="mine")) == text(changed(theirs, n1="mine"))


async def test_a_day_later_a_save_is_taken_at_its_word(trio: Trio) -> None:
    repository = await updated(trio, changed(OLD, n18="theirs"))
    stale = repository._upkeep._stale
    stale.remember((), time.time() + 90_000)
    stale._expire(time.time() + 90_000)
    mine = changed(OLD, n1="mine")
    assert await save(repository, mine) == text(mine)


async def test_who_takes_out_a_part_of_what_came_in_has_seen_it(trio: Trio) -> None:
    theirs = changed(OLD, n5="theirs", n18="theirs")
    repository = await updated(trio, theirs)
    mine = changed(theirs, n1="mine", n5=OLD[5])
    assert await save(repository, mine) == text(mine)


DOCUMENTS = {
    "old": b"PK\0old\nwith\nlines\n",
    "theirs": b"PK\0theirs\nwith\nlines\n",
    "mine": b"PK\0mine\nwith\nlines\n",
}


async def document_updated(trio: Trio, lock: str | None) -> GitRepository:
    """A repository in which a document of an office program was just updated, perhaps while it was
    open here."""
    (trio.theirs / "folder").mkdir()
    repository = await opened(trio.mine)
    for version in ("old", "theirs"):
        (trio.theirs / "folder" / "my letter.odt").write_bytes(DOCUMENTS[version])
        commit_by_hand(trio.theirs)
        git(trio.theirs, "push", "-q", "origin", "HEAD")
        if version == "theirs" and lock:
            (trio.mine / "folder" / lock).write_text(",me,host,now;")
        await take_in(repository)
    return repository


async def save_document(repository: GitRepository) -> list[bytes]:
    """Save it; returns the conflict copies."""
    folder = repository.root / "folder"
    (folder / "my letter.odt").write_bytes(DOCUMENTS["mine"])
    await must_commit(repository, b"folder/my letter.odt")
    assert (folder / "my letter.odt").read_bytes() == DOCUMENTS["mine"]
    return [copy.read_bytes() for copy in folder.glob("*.conflict-*")]


@pytest.mark.parametrize("lock", [".~lock.my letter.odt#", "~$my letter.odt", "~$ letter.odt"])
@pytest.mark.parametrize("closed", [False, True])
async def test_what_came_in_for_a_document_that_is_open_is_put_beside_its_save(
    trio: Trio, lock: str, closed: bool
) -> None:
    repository = await document_updated(trio, lock)
    if closed:
        (trio.mine / "folder" / lock).unlink()
        repository = await opened(trio.mine)
    assert await save_document(repository) == [DOCUMENTS["theirs"]]
    assert git(trio.mine, "status", "--porcelain", "--untracked-files=no") == b""
    assert lock.encode() not in git(trio.mine, "ls-tree", "-r", "--name-only", "HEAD")


@pytest.mark.parametrize("opened_anew", [False, True])
async def test_who_opens_a_document_after_the_update_has_seen_it(
    trio: Trio, opened_anew: bool
) -> None:
    lock = ".~lock.my letter.odt#"
    repository = await document_updated(trio, lock if opened_anew else None)
    if opened_anew:
        (trio.mine / "folder" / "new").write_text(",me,host,later;")
        (trio.mine / "folder" / "new").replace(trio.mine / "folder" / lock)
    assert await save_document(repository) == []


async def test_who_opens_a_document_between_two_updates_has_seen_the_first_only(trio: Trio) -> None:
    lock = ".~lock.my letter.odt#"
    repository = await document_updated(trio, lock)
    (trio.mine / "folder" / "new").write_text(",me,host,later;")
    (trio.mine / "folder" / "new").replace(trio.mine / "folder" / lock)
    later = DOCUMENTS["theirs"] + b"and later\n"
    (trio.theirs / "folder" / "my letter.odt").write_bytes(later)
    commit_by_hand(trio.theirs)
    git(trio.theirs, "push", "-q", "origin", "HEAD")
    await take_in(repository)
    assert await save_document(repository) == [later]
