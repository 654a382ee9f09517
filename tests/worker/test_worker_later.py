"""Young files are looked at again in their time, and everything about once a day."""

import random
from collections import Counter

import pytest

from autosyncd.worker.later import DAY, LIMIT, Later


def test_nothing_waits_at_first() -> None:
    later = Later()
    assert later.take(1e12) == ()
    assert later.young_at is None
    assert later.waiting == 0


def test_young_files_are_looked_at_when_they_are_due() -> None:
    later = Later()
    later.looked(frozenset({b"a", b"b"}), {b"a": 10.0, b"b": 20.0}, now=100.0)
    later.looked(frozenset({b"c"}), {b"c": 9.0}, now=101.0)
    assert later.young_at == later.at == 110.0
    assert later.waiting == 3
    assert later.take(109.9) == ()
    assert later.take(110.0) == (frozenset({b"a", b"c"}),)
    assert later.take(119.0) == ()
    assert later.waiting == 1


def test_a_young_file_that_has_gone_is_not_waited_for() -> None:
    later = Later()
    later.looked(frozenset({b"a"}), {b"a": 10.0, b"folder/b": 20.0, b"folder/c/d": 30.0}, now=0.0)
    later.looked(frozenset({b"a", b"other"}), {}, now=1.0)
    assert later.waiting == 2
    later.looked(frozenset({b"folder"}), {b"folder/c/d": 29.0}, now=1.0)
    assert later.waiting == 1
    later.looked(None, {}, now=1.0)
    assert later.waiting == 0


def test_very_many_young_files_are_looked_for_everywhere() -> None:
    later = Later()
    later.looked(None, {b"%d" % number: 1.0 for number in range(LIMIT + 1)}, now=0.0)
    assert later.take(0.9) == ()
    assert later.take(1.0) == (None,)


def test_everything_is_looked_at_once_a_day_and_not_by_all_at_once() -> None:
    times = set()
    for _ in range(50):
        later = Later()
        later.looked(None, {}, now=5.0)
        times.add(later.at)
        assert later.take(later.at) == (None,)
        assert later.take(5.0 + 10 * DAY) == ()  # until it has been looked at
    assert 5.0 + DAY / 2 <= min(times) < max(times) <= 5.0 + DAY
    assert max(times) - min(times) > DAY / 10


@pytest.mark.parametrize("repositories", [100, 500])
def test_repositories_that_start_together_never_look_together(repositories: int) -> None:
    """Each begins its next day when it has looked, so that they drift apart further."""
    random.seed(1)
    days, minute = 14, 60.0
    looks: Counter[int] = Counter()
    for _ in range(repositories):
        later = Later()
        later.looked(None, {}, now=0.0)
        while later.at < days * DAY:
            looks[int(later.at / minute)] += 1
            later.looked(None, {}, now=later.at)
    each_day = looks.total() / days / repositories
    assert 1 < each_day < 2
    assert max(looks.values()) <= max(5, repositories / 50)
