"""Deletions that were committed a short while ago."""

from autosyncd.core.deleted import WITHIN, Deleted


def nothing(_path: bytes) -> bool:
    return False


def test_those_of_the_last_hour_count_unless_they_are_back_or_known() -> None:
    deleted = Deleted()
    deleted.add([b"a", b"b"], now=0.0)
    deleted.add([b"c"], now=WITHIN / 2)
    assert deleted.still(nothing, WITHIN / 2) == 3
    assert deleted.still(lambda path: path == b"b", WITHIN / 2) == 2
    assert deleted.still(nothing, WITHIN + 1) == 1
    deleted.clear()
    assert deleted.still(nothing, WITHIN + 1) == 0
