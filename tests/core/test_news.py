"""A problem is told once, and a routine not at all."""

import pytest

from autosyncd.api.types import State
from autosyncd.core.news import News


def told(*states: tuple[State, str | None]) -> list[tuple[State, str | None]]:
    news = News()
    return [one for number, one in enumerate(states) if news.tell(one[0], one[1], 100.0 + number)]


def test_the_way_through_a_routine_is_no_news() -> None:
    rest: tuple[State, None] = ("idle", None)
    on_the_way: list[tuple[State, str | None]] = [
        *(("settling", None), ("syncing", None), ("waiting", None)),
    ]
    assert told(rest, *on_the_way, rest, *on_the_way, rest) == [rest]


def test_a_problem_is_told_when_it_comes_when_it_changes_and_when_it_is_over() -> None:
    stuck: tuple[State, str] = ("blocked", "a merge")
    worse: tuple[State, str] = ("blocked", "a hook")
    way: tuple[State, None] = ("syncing", None)
    over: tuple[State, None] = ("idle", None)
    assert told(stuck, way, stuck, way, worse, way, worse, over) == [stuck, worse, over]


@pytest.mark.parametrize("state", ["blocked", "offline", "failed"])
def test_a_trouble_is_there_since_it_came_whatever_was_tried(state: State) -> None:
    news = News()
    news.tell(state, "why", 100.0)
    assert news.began(state, "why", 200.0) == 100.0
    assert news.began(state, "another", 200.0) == 200.0
    assert news.began("idle", None, 200.0) == 200.0
