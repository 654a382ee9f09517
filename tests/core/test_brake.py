"""Which deletions wait for the user."""

from hypothesis import given
from hypothesis import strategies as st

from autosyncd.core.brake import AT_LEAST, Deletions, waits

NOTHING: frozenset[bytes] = frozenset()


def paths(number: int) -> frozenset[bytes]:
    return frozenset(b"%d" % count for count in range(number))


@st.composite
def deletions(draw: st.DrawFn) -> Deletions:
    gone = draw(st.integers(0, 200))
    return Deletions(paths(gone), gone + draw(st.integers(0, 400)), draw(st.integers(0, 3)))


shares = st.floats(0, 1)


@given(deletions())
def test_100_percent_never_waits(found: Deletions) -> None:
    assert not waits(found, 1.0, NOTHING)


@given(deletions(), shares)
def test_deleting_nothing_never_waits(found: Deletions, share: float) -> None:
    assert not waits(Deletions(NOTHING, found.tracked, found.added), share, NOTHING)


@given(st.integers(1, 300), st.floats(0, 1, exclude_max=True))
def test_emptying_the_tree_always_waits(number: int, share: float) -> None:
    assert waits(Deletions(paths(number), number), share, NOTHING)


@given(deletions(), shares)
def test_fewer_than_the_least_never_wait_if_something_stays(found: Deletions, share: float) -> None:
    few = Deletions(paths(min(len(found.gone), AT_LEAST - 1)), found.tracked + 1, found.added)
    assert not waits(few, share, NOTHING)


@given(deletions(), shares)
def test_more_deletions_never_make_it_pass(found: Deletions, share: float) -> None:
    more = Deletions(paths(len(found.gone) + 1), found.tracked, found.added)
    if waits(found, share, NOTHING) and len(more.gone) <= found.tracked:
        assert waits(more, share, NOTHING)


@given(deletions(), shares)
def test_what_was_approved_does_not_wait(found: Deletions, share: float) -> None:
    assert not waits(found, share, found.gone)


def test_the_share_is_of_the_files_there_were() -> None:
    assert not waits(Deletions(paths(50), 100), 0.5, NOTHING)
    assert waits(Deletions(paths(51), 100), 0.5, NOTHING)
    assert not waits(Deletions(paths(19), 19, added=1), 0.5, NOTHING)
    assert waits(Deletions(paths(20), 20, added=1), 0.5, NOTHING)


def test_deletions_that_trickle_in_count_together() -> None:
    some = frozenset(str(number).encode() for number in range(15))
    assert not waits(Deletions(some, tracked=40), 0.5, frozenset())
    assert waits(Deletions(some, tracked=25, earlier=15), 0.5, frozenset())
    assert not waits(Deletions(some, tracked=85, earlier=15), 0.5, frozenset())
    assert not waits(Deletions(frozenset(), tracked=25, earlier=30), 0.5, frozenset())
    assert waits(Deletions(frozenset({b"last"}), tracked=1, earlier=3), 0.5, frozenset())
