"""Quiet periods, backoff and the schedule of one repository."""

from hypothesis import given
from hypothesis import strategies as st

from autosyncd.core.backoff import Backoff
from autosyncd.core.debounce import Debounce
from autosyncd.core.schedule import Schedule

TIMES = st.lists(st.floats(0, 100), min_size=1, max_size=50).map(sorted)


@given(TIMES)
def test_changes_rest_settle_after_the_last_but_at_most_max_settle_after_the_first(
    times: list[float],
) -> None:
    rest = Debounce(settle=5, max_settle=20)
    for time in times:
        rest = rest.changed(time)
    assert rest.due == min(times[-1] + 5, times[0] + 20)


def test_without_a_change_nothing_is_due() -> None:
    rest = Debounce(settle=5, max_settle=20)
    assert rest.due is None
    assert rest.changed(3).cleared().due is None


def test_a_hurried_change_is_due_at_once() -> None:
    assert Debounce(settle=5, max_settle=20).changed(1).hurried(2).due == 2


@given(st.integers(1, 200), st.floats(0, 1))
def test_backoff_grows_to_its_cap_and_is_never_zero(failures: int, jitter: float) -> None:
    backoff = Backoff(base=5, cap=900)
    for _ in range(failures):
        backoff = backoff.failed()
    assert min(5 * 2 ** (failures - 1), 900) / 2 <= backoff.delay(jitter) <= 900


def _schedule(pull_interval: float = 300) -> Schedule:
    return Schedule(settle=5, max_settle=60, push_delay=7, pull_interval=pull_interval)


def test_the_remote_is_asked_at_the_start_and_then_every_pull_interval() -> None:
    schedule = _schedule()
    assert schedule.fetch_due(0)
    schedule.begin_fetch()
    schedule.end_fetch(10)
    assert not schedule.fetch_due(309)
    assert schedule.fetch_due(310)


def test_a_pull_interval_of_zero_never_asks_by_itself() -> None:
    schedule = _schedule(pull_interval=0)
    schedule.begin_fetch()
    schedule.end_fetch(10)
    assert not schedule.fetch_due(1e9)
    assert schedule.remote_dues(gives=False) == ()
    schedule.ask_fetch()
    assert schedule.fetch_due(11)


def test_who_asks_during_a_fetch_gets_another_one() -> None:
    schedule = _schedule()
    schedule.begin_fetch()
    schedule.ask_fetch()
    schedule.end_fetch(10)
    assert schedule.fetch_due(10)


def test_every_commit_delays_the_push() -> None:
    schedule = _schedule()
    schedule.committed(0)
    schedule.committed(5)
    assert not schedule.push_due(11)
    assert schedule.push_due(12)
    assert schedule.remote_dues(gives=True) == (("push", 12),)


def test_changes_of_a_failed_look_are_still_due() -> None:
    schedule = _schedule()
    schedule.changed(1)
    taken = schedule.take_changes()
    assert schedule.look_at is None
    schedule.give_back(taken)
    assert schedule.look_at == 6
