"""What outlives a restart of announcements' times stays small, and harm to it does none."""

import asyncio

import pytest

from autosyncd.channels.reflector.memory import FACT, Memory
from autosyncd.channels.reflector.replays import SENDERS_LIMIT, TOLERANCE, Verdict

NOW = 1_764_000_000.0


def at(seconds: float) -> int:
    return int((NOW + seconds) * 1e6)


async def again(facts: dict[str, str]) -> Memory:
    return Memory(facts.get, facts.__setitem__)


async def test_more_machines_than_are_kept_let_nothing_old_in_again() -> None:
    facts: dict[str, str] = {}
    memory = await again(facts)
    for number in range(2 * SENDERS_LIMIT):
        assert memory.judge(f"{number:016}", at(number / 100), NOW) is Verdict.NEW
    memory.write()
    assert len(facts[FACT]) < 50 * SENDERS_LIMIT
    memory = await again(facts)
    for number in (0, SENDERS_LIMIT, 2 * SENDERS_LIMIT - 1):
        assert memory.judge(f"{number:016}", at(number / 100), NOW) is Verdict.AGAIN
    assert memory.judge("new", at(SENDERS_LIMIT), NOW + SENDERS_LIMIT) is Verdict.NEW


async def test_many_changes_are_written_at_once_and_nothing_is_due_after_the_end() -> None:
    written: list[str] = []
    memory = Memory(lambda _key: None, lambda _key, value: written.append(value))
    for number in range(1000):
        memory.judge("a", at(number / 100), NOW)
    memory.write()
    memory.write()
    assert len(written) == 1
    await asyncio.sleep(0)
    assert memory._due is None


async def test_our_own_times_rise_also_where_the_clock_was_set_back() -> None:
    facts: dict[str, str] = {}
    memory = await again(facts)
    first = memory.next(NOW)
    memory.write()
    memory = await again(facts)
    assert memory.next(NOW - 60) == first + 1
    assert memory.next(NOW - 2 * TOLERANCE) == at(-2 * TOLERANCE), "it was far in the future"
    memory.write()


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"newest": 1}', '{"newest": {"a": "x"}}'])
async def test_what_can_not_be_read_is_as_nothing(text: str) -> None:
    memory = await again({FACT: text})
    assert memory.judge("a", at(0), NOW) is Verdict.NEW
    memory.write()


async def test_who_was_ahead_with_us_is_heard_again_once_both_clocks_are_right() -> None:
    facts: dict[str, str] = {}
    memory = await again(facts)
    day = 86_400.0
    assert memory.judge("a", at(day), NOW + day) is Verdict.NEW
    memory.write()
    memory = await again(facts)
    assert memory.judge("a", at(0), NOW) is Verdict.NEW
    assert memory.judge("a", at(0), NOW) is Verdict.AGAIN
    memory.write()
