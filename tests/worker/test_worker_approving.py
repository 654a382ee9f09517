"""Which held things the words of an approval mean."""

import os
from pathlib import Path

import pytest

from autosyncd.config.model import RepositorySettings
from autosyncd.core.approval import Approval, Reason
from autosyncd.errors import AutosyncError
from autosyncd.vcs.base import Left
from autosyncd.worker.approving import Waiting, choose, shown
from autosyncd.worker.guard import Guard
from autosyncd.worker.memory import Memory
from autosyncd.worker.report import Report

HELD = (b"a/key", b"a/deep/key", b"ab", b"caf\xe9", b"pipe")


@pytest.fixture
def waiting(tmp_path: Path) -> Waiting:
    """A repository that is watched by way of a symbolic link."""
    (tmp_path / "real" / "a" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    held = {path: Left(path, "why", "hint", Reason.CONFIDENTIAL) for path in HELD[:-1]}
    held[b"pipe"] = Left(b"pipe", "it is a pipe", "ignore it")
    return Waiting("docs", tmp_path / "link", tmp_path / "real", b"", held, frozenset())


def meant(waiting: Waiting, *words: str) -> set[bytes]:
    return {approval.path for approval in choose(waiting, words)}


def test_a_word_is_a_path_or_a_folder_around_some(waiting: Waiting) -> None:
    assert meant(waiting, "a/key") == {b"a/key"}
    assert meant(waiting, "./a//deep/../key") == {b"a/key"}
    assert meant(waiting, "a") == meant(waiting, "a/") == {b"a/key", b"a/deep/key"}
    assert meant(waiting, ".") == {*HELD[:-1]}
    assert meant(waiting, "ab", "a/key") == {b"ab", b"a/key"}


def test_absolute_words_are_taken_with_links_or_without(waiting: Waiting) -> None:
    for folder in (waiting.path, waiting.root, waiting.root / "a" / ".."):
        assert meant(waiting, f"{folder}/a/key") == {b"a/key"}
        assert meant(waiting, str(folder)) == {*HELD[:-1]}


def test_a_name_that_is_no_utf8_is_known_as_it_is_and_as_it_is_shown(waiting: Waiting) -> None:
    assert meant(waiting, os.fsdecode(b"caf\xe9")) == {b"caf\xe9"}
    assert meant(waiting, shown(b"caf\xe9")) == {b"caf\xe9"}


def test_a_name_of_two_lines_is_known_as_its_hint_says_it(waiting: Waiting) -> None:
    def holding(*paths: bytes) -> Waiting:
        held = {path: Left(path, "why", "hint", Reason.CONFIDENTIAL) for path in paths}
        return Waiting("docs", waiting.path, waiting.root, b"", held, frozenset())

    assert meant(holding(b"a\nkey", b"b"), "a\\nkey") == {b"a\nkey"}
    assert meant(holding(b"a\nkey", b"a\\nkey"), "a\\nkey") == {b"a\\nkey"}


def test_words_are_relative_to_the_watched_folder_or_the_repository(waiting: Waiting) -> None:
    inside = Waiting(
        "a", waiting.path / "a", waiting.root, b"a", {b"a/key": waiting.held[b"a/key"]}, frozenset()
    )
    for word in ("key", "a/key", ".", f"{waiting.path}/a/key", f"{waiting.root}/a"):
        assert meant(inside, word) == {b"a/key"}


@pytest.mark.parametrize("word", ["nothing", "a/key/more", "/", "/elsewhere/a/key", "../x"])
def test_what_is_not_held_can_not_be_approved(waiting: Waiting, word: str) -> None:
    with pytest.raises(AutosyncError, match="nothing there is held"):
        choose(waiting, [word, "a/key"])


def test_what_can_not_be_approved_says_so(waiting: Waiting) -> None:
    with pytest.raises(AutosyncError, match="it is a pipe"):
        choose(waiting, ["pipe"])


def test_without_words_it_is_the_deletions_that_wait(waiting: Waiting) -> None:
    with pytest.raises(AutosyncError, match="nothing to approve"):
        choose(waiting, [])
    gone = frozenset({b"x", b"a/y"})
    deleted = Waiting("docs", waiting.path, waiting.root, b"", waiting.held, gone)
    assert choose(deleted, []) == {Approval(path, Reason.DELETED) for path in gone}
    assert meant(deleted, "a") == {b"a/key", b"a/deep/key", b"a/y"}


def test_another_approval_right_after_it_takes_none_back_for_the_folder_itself() -> None:
    settings = RepositorySettings(path=Path("/docs"), name="docs")
    report = Report(settings, lambda _event: None)
    memory = Memory(settings, report, Guard(settings, frozenset(), None))
    for approval in (Approval(b".", Reason.AWAY), Approval(b"film", Reason.LARGE)):
        memory.approved(frozenset({approval}), 0.0)
    assert memory.reopen
