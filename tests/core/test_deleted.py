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
    assert deleted.still(nothing, -WITHIN) == 0
    deleted.add([b"d"], now=WITHIN)
    deleted.clear()
    assert deleted.still(nothing, WITHIN + 1) == 0


def test_all_that_is_known_is_kept_whenever_it_changes() -> None:
    kept: list[dict[bytes, float]] = []
    deleted = Deleted({b"a": 1.0}, lambda known: kept.append(dict(known)))
    deleted.add([b"b"], now=2.0)
    assert deleted.still(nothing, 3.0) == 2
    assert kept == [{b"a": 1.0, b"b": 2.0}]
    deleted.still(lambda path: path == b"a", 3.0)
    deleted.clear()
    assert kept[1:] == [{b"b": 2.0}, {}]
