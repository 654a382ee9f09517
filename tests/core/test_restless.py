"""Files that are written all the time."""

from autosyncd.core.covering import within
from autosyncd.core.restless import Restless


def everywhere(_path: bytes) -> bool:
    return True


def test_it_counts_from_the_first_change_and_ends_with_a_look_that_found_it_at_rest() -> None:
    restless = Restless()
    restless.looked(everywhere, {b"a": 0.0, b"b": 0.0})
    restless.looked(everywhere, {b"a": 50.0})
    assert restless.longer_than(60.0, now=60.0) == ()
    assert restless.longer_than(60.0, now=61.0) == (b"a",)
    restless.looked(everywhere, {})
    assert restless.longer_than(0.0, now=100.0) == ()
    assert restless.since(b"a") is None


def test_a_look_elsewhere_tells_nothing_of_it() -> None:
    restless = Restless()
    restless.looked(everywhere, {b"d/a": 0.0})
    restless.looked(lambda path: within(path, frozenset({b"e"})), {})
    assert restless.longer_than(5.0, now=10.0) == (b"d/a",)
    restless.looked(lambda path: within(path, frozenset({b"d"})), {})
    assert restless.longer_than(5.0, now=10.0) == ()


def test_a_version_that_could_be_read_begins_the_time_anew() -> None:
    restless = Restless()
    restless.looked(everywhere, {b"a": 0.0})
    restless.read(b"a", 50.0)
    restless.read(b"unknown", 50.0)
    restless.looked(everywhere, {b"a": 60.0})
    assert restless.since(b"a") == 50.0
    assert restless.longer_than(60.0, now=110.0) == ()
    assert restless.longer_than(60.0, now=111.0) == (b"a",)


def test_a_path_lies_in_its_folders_and_in_the_whole() -> None:
    assert within(b"a/b/c", frozenset({b"a/b"}))
    assert within(b"a", None)
    assert within(b"a", frozenset({b""}))
    assert not within(b"ab", frozenset({b"a"}))
