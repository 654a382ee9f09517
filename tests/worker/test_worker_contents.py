"""What is found wrong in the content of files."""

import os
from pathlib import Path

import pytest

from autosyncd.core.approval import Reason
from autosyncd.core.changes import Change, ChangeKind
from autosyncd.core.secrets import OVERLAP
from autosyncd.vcs.base import Look
from autosyncd.worker import contents
from autosyncd.worker.contents import Rules, Verdict, examine

TOKEN = b"ghp_" + b"aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC3eF6"


def rules(*, max_size: int = 0, approved: tuple[Reason, ...] = ()) -> Rules:
    return Rules(max_size, True, None, lambda _path, reason: reason in approved)


def verdict(
    folder: Path, name: str, wanted: Rules | None = None, known: Verdict | None = None
) -> Verdict:
    path = os.fsencode(name)
    before = {path: known} if known else {}
    change = Change(path, ChangeKind.ADDED)
    return examine(os.fsencode(folder), Look((change,)), wanted or rules(), before)[path]


def reason(found: Verdict) -> Reason | None:
    assert found.stamp is not None
    return found.finding.reason if found.finding else None


def test_the_limit_itself_is_not_too_large(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1000)
    assert reason(verdict(tmp_path, "file", rules(max_size=1000))) is None
    found = verdict(tmp_path, "file", rules(max_size=999))
    assert reason(found) is Reason.LARGE
    assert reason(verdict(tmp_path, "file", rules(max_size=0))) is None


def test_a_secret_is_found_across_the_pieces_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = OVERLAP * 2
    monkeypatch.setattr(contents, "PIECE", piece)
    for start in (0, 1, piece - 50, piece - 1, piece, piece + 1, 3 * piece - 20):
        filler = b"\n" * start
        (tmp_path / "file").write_bytes(filler + TOKEN + b"\n" * 3 * piece)
        assert reason(verdict(tmp_path, "file")) is Reason.CONFIDENTIAL


def test_databases_are_searched_pictures_and_films_are_not(tmp_path: Path) -> None:
    (tmp_path / "database").write_bytes(b"SQLite format 3\0" + bytes(5000) + TOKEN + bytes(9))
    assert reason(verdict(tmp_path, "database")) is Reason.CONFIDENTIAL
    for name, begin in (("jpeg", b"\xff\xd8\xff\xe0"), ("mp4", b"\0\0\0\x20ftypisom")):
        (tmp_path / name).write_bytes(begin + bytes(100) + b"\n" + TOKEN)
        assert reason(verdict(tmp_path, name)) is None


def test_windows_text_is_searched_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "PIECE", 2 * OVERLAP)
    (tmp_path / "long").write_text("x\n" * 4 * OVERLAP + TOKEN.decode(), "utf-16")
    assert reason(verdict(tmp_path, "long")) is Reason.CONFIDENTIAL
    (tmp_path / "text").write_bytes(TOKEN.decode().encode("utf-16"))
    assert reason(verdict(tmp_path, "text")) is Reason.CONFIDENTIAL


def test_links_are_not_followed_and_what_is_gone_is_judged_later(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(TOKEN)
    (tmp_path / "link").symlink_to("secret")
    assert reason(verdict(tmp_path, "link")) is None
    assert verdict(tmp_path, "gone").stamp is None


def test_a_version_that_was_judged_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(TOKEN)
    first = verdict(tmp_path, "file")
    assert verdict(tmp_path, "file", known=first) is first
    (tmp_path / "file").write_bytes(b"other")
    assert reason(verdict(tmp_path, "file", known=first)) is None


def test_what_changes_while_it_is_read_is_judged_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"harmless")

    def writing(content: bytes) -> None:
        file.write_bytes(content + TOKEN)

    monkeypatch.setattr(contents, "find_secret", writing)
    assert verdict(tmp_path, "file") == Verdict(None)


def test_an_approval_is_for_its_reason_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(TOKEN)
    assert reason(verdict(tmp_path, "file", rules(max_size=1))) is Reason.LARGE
    large = rules(max_size=1, approved=(Reason.LARGE,))
    assert reason(verdict(tmp_path, "file", large)) is Reason.CONFIDENTIAL
    both = rules(max_size=1, approved=(Reason.LARGE, Reason.CONFIDENTIAL))
    assert reason(verdict(tmp_path, "file", both)) is None
