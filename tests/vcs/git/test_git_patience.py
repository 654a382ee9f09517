"""An update waits for a path by attempts, but not for ever where attempts are slow."""

from autosyncd.vcs.tree.patience import FEWEST, LONGEST, Patience
from autosyncd.vcs.tree.place import Why


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def tried(patience: Patience, why: Why, times: int) -> None:
    for _ in range(times):
        patience.count(b"a", why)


def test_many_attempts_are_enough() -> None:
    patience = Patience(Clock())
    tried(patience, Why.USER_EDIT, 19)
    assert not patience.over(b"a", Why.USER_EDIT, 20)
    tried(patience, Why.USER_EDIT, 1)
    assert patience.over(b"a", Why.USER_EDIT, 20)


def test_slow_attempts_of_any_kind_are_enough_after_a_while_but_not_a_few() -> None:
    clock = Clock()
    patience = Patience(clock)
    tried(patience, Why.USER_EDIT, FEWEST - 1)
    clock.now += LONGEST + 1
    assert not patience.over(b"a", Why.USER_EDIT, 20)
    tried(patience, Why.OPEN_FOR_WRITING, 1)
    assert patience.over(b"a", Why.OPEN_FOR_WRITING, 8)
    assert patience.over(b"a", Why.USER_EDIT, 20)


def test_an_update_that_went_through_begins_it_anew() -> None:
    clock = Clock()
    patience = Patience(clock)
    tried(patience, Why.USER_EDIT, 20)
    patience.clear()
    clock.now += 1000
    tried(patience, Why.USER_EDIT, FEWEST)
    assert not patience.over(b"a", Why.USER_EDIT, 20)
