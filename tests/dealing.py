"""The order of tests that workers share: each begins with a part of about the same length."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def dealt(items: Sequence[Item], hands: int, is_long: Callable[[Item], bool]) -> list[Item]:
    """All items, so that in each part the long ones come first, and every part has as many of them.

    xdist hands out such parts, and then lets the idle take what others have not begun. Apart from
    that the order stays, so that those of one file share what is made for all of them.
    """
    long = [item for item in items if is_long(item)]
    others = iter([item for item in items if not is_long(item)])
    order: list[Item] = []
    for hand in range(hands):
        size = (len(items) - len(order)) // (hands - hand)
        first = long[hand::hands]
        order += (*first, *islice(others, max(0, size - len(first))))
    return [*order, *others]
