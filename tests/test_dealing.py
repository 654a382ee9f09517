"""No test gets lost when they are dealt out, and the long ones are spread."""

from hypothesis import given
from hypothesis import strategies as st

from tests.dealing import dealt


@given(st.lists(st.integers(0, 9)), st.integers(1, 12))
def test_all_are_dealt_once(items: list[int], hands: int) -> None:
    numbered = list(enumerate(items))
    assert sorted(dealt(numbered, hands, lambda item: item[1] > 7)) == numbered


def test_each_part_begins_with_as_many_long_ones_and_the_others_stay_in_order() -> None:
    items = [*range(20), *(100, 101, 102, 103)]
    order = dealt(items, 4, lambda item: item >= 100)
    assert [order[at : at + 6] for at in range(0, 24, 6)] == [
        [100, *range(5)],
        [101, *range(5, 10)],
        [102, *range(10, 15)],
        [103, *range(15, 20)],
    ]


def test_one_worker_has_the_long_ones_first() -> None:
    assert dealt([1, 2, 100, 3], 1, lambda item: item >= 100) == [100, 1, 2, 3]
