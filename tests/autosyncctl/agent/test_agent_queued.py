"""Bubbles that wait to be drawn: no stale one comes after a newer one."""

from autosyncctl.agent.bubbles import Bubble
from autosyncctl.agent.queued import QUEUED, Queued


def bubble(key: str, title: str = "") -> Bubble:
    return Bubble(key, title or key, "")


def all_of(queued: Queued) -> list[str]:
    return [one.title for one in iter(queued.take, None)]


def test_a_newer_bubble_takes_the_place_of_an_older_one_with_its_key() -> None:
    queued = Queued()
    for one in (bubble("a", "old"), bubble("b"), bubble("a", "new")):
        queued.put(one)
    assert all_of(queued) == ["b", "new"]


def test_what_could_not_be_drawn_never_follows_what_replaced_it_meanwhile() -> None:
    queued = Queued()
    queued.put(bubble("a", "trouble"))
    drawn = queued.take()
    assert drawn
    queued.put(bubble("a", "solved"))
    queued.put_back(drawn)
    queued.put_back(bubble("b"))
    assert all_of(queued) == ["solved", "b"]


def test_of_too_many_the_oldest_go() -> None:
    queued = Queued()
    for number in range(QUEUED + 2):
        queued.put(bubble(str(number)))
    assert all_of(queued) == [str(number) for number in range(2, QUEUED + 2)]
