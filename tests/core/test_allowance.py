"""A burst, then a steady rate."""

from autosyncd.core.allowance import Allowance


def times(allowance: Allowance, tries: list[float]) -> list[float]:
    """The tries that are let through."""
    through = []
    for now in tries:
        if not allowance.wait(now):
            allowance = allowance.spent(now)
            through.append(now)
    return through


def test_a_burst_passes_at_once_and_the_rest_at_the_steady_rate() -> None:
    tries = [tenth / 10 for tenth in range(100)]
    assert times(Allowance(3, 2.0), tries) == [0.0, 0.1, 0.2, 2.0, 4.0, 6.0, 8.0]


def test_after_a_calm_time_the_whole_burst_is_there_again_and_no_more() -> None:
    tries = [0.0, 0.0, 0.0, 100.0, 100.0, 100.0]
    assert times(Allowance(2, 5.0), tries) == [0.0, 0.0, 100.0, 100.0]


def test_it_says_how_long_to_wait() -> None:
    allowance = Allowance(1, 5.0).spent(10.0)
    assert allowance.wait(12.0) == 3.0
    assert allowance.wait(15.0) == 0.0
