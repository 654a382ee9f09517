"""Files that are written all the time."""

from autosyncd.core.covering import within
from autosyncd.core.restless import Restless


def everywhere(_path: bytes) -> bool:
    return True


def test_it_counts_from_the_first_look_and_ends_with_one_that_found_it_at_rest() -> None:
    restless = Restless()
    restless.looked(everywhere, [b"a", b"b"], now=0.0)
    restless.looked(everywhere, [b"a"], now=50.0)
    assert restless.longer_than(60.0, now=60.0) == ()
    assert restless.longer_than(60.0, now=61.0) == (b"a",)
    restless.looked(everywhere, [], now=62.0)
    assert restless.longer_than(0.0, now=100.0) == ()


def test_a_look_elsewhere_tells_nothing_of_it() -> None:
    restless = Restless()
    restless.looked(everywhere, [b"d/a"], now=0.0)
    restless.looked(lambda path: within(path, frozenset({b"e"})), [], now=10.0)
    assert restless.longer_than(5.0, now=10.0) == (b"d/a",)
    restless.looked(lambda path: within(path, frozenset({b"d"})), [], now=10.0)
    assert restless.longer_than(5.0, now=10.0) == ()


def test_a_path_lies_in_its_folders_and_in_the_whole() -> None:
    assert within(b"a/b/c", frozenset({b"a/b"}))
    assert within(b"a", None)
    assert within(b"a", frozenset({b""}))
    assert not within(b"ab", frozenset({b"a"}))
