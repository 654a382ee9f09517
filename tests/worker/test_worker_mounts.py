"""Which file systems below a folder are taken for meant, and what a look says of the others."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from autosyncd.core.approval import Reason
from autosyncd.vcs.base import Change, ChangeKind, Left, Look
from autosyncd.worker import mounts as module
from autosyncd.worker.mounts import Mounts

ROOT = Path("/docs")
LINE = "30 22 0:{0} / /docs/{1} rw - tmpfs none rw\n"

GONE = Look((Change(b"photos/a", ChangeKind.DELETED), Change(b"b", ChangeKind.DELETED)))
NEW = Look((Change(b"photos/a", ChangeKind.ADDED),))


@pytest.fixture
def mountinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(LINE.format(40, "photos"))
    monkeypatch.setattr(module, "MOUNTINFO", file)
    return file


def paths(look: Look) -> list[bytes]:
    return [change.path for change in look.changes]


def left(look: Look) -> list[tuple[bytes, Reason | None]]:
    return [(one.path, one.reason) for one in look.left_out]


def test_the_first_time_it_belongs_there_unless_it_hides_something(mountinfo: Path) -> None:
    kept: list[Mapping[bytes, str]] = []
    first = Mounts("docs", None, kept.append)
    assert first.sift(ROOT, NEW, None) == NEW
    assert kept == [{b"photos": "tmpfs none 0:40 /"}]
    other = Mounts("docs", None, kept.append)
    sifted = other.sift(ROOT, GONE, None)
    assert (paths(sifted), left(sifted)) == ([b"b"], [(b"photos", Reason.MOUNTED)])
    assert kept[1:] == [{}]
    assert other.shut(ROOT) == frozenset({b"photos"})
    assert not other.moved()


def test_later_only_one_with_which_nothing_differs_is_taken_by_itself(mountinfo: Path) -> None:
    mounts = Mounts("docs", {})
    assert left(mounts.sift(ROOT, NEW, None)) == [(b"photos", Reason.MOUNTED)]
    assert left(mounts.sift(ROOT, Look(), frozenset({b"other"}))) == [(b"photos", Reason.MOUNTED)]
    assert mounts.moved() == frozenset({b"photos"})
    held = Look(left_out=(Left(b"photos/key", "it holds a secret"),))
    assert left(mounts.sift(ROOT, held, None)) == [(b"photos", Reason.MOUNTED)]
    assert mounts.sift(ROOT, Look(), frozenset({b"photos"})) == Look()
    mountinfo.write_text(LINE.format(41, "photos"))
    assert left(mounts.sift(ROOT, GONE, None)) == [(b"photos", Reason.MOUNTED)]
    mountinfo.write_text("")
    assert left(mounts.sift(ROOT, GONE, None)) == [(b"photos", Reason.MOUNTED)]
    mounts.approve([b"photos"])
    assert mounts.sift(ROOT, GONE, None) == GONE


def test_where_nobody_can_tell_it_is_as_it_was(mountinfo: Path) -> None:
    mounts = Mounts("docs", {b"photos": "tmpfs none 0:40 /"})
    mountinfo.unlink()
    assert mounts.sift(ROOT, GONE, None) == GONE
