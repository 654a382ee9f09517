"""Events reach all who listen; a slow reader loses the oldest and is told."""

import asyncio

from autosyncd.api.events import DaemonEvent, Solved
from autosyncd.bus import Bus


def event(number: int) -> Solved:
    return Solved(time=number, repository="docs", operation="push", message=str(number))


async def test_all_subscribers_hear_everything_in_order() -> None:
    bus = Bus()
    with bus.subscribe() as one, bus.subscribe() as two:
        for number in range(3):
            bus.publish(event(number))
        assert await one.take() == await two.take() == (event(0), event(1), event(2))


async def test_a_slow_reader_loses_the_oldest_and_is_told_how_many() -> None:
    bus = Bus()
    with bus.subscribe(limit=2) as slow:
        for number in range(5):
            bus.publish(event(number))
        note, *rest = await slow.take()
    assert rest == [event(3), event(4)]
    assert isinstance(note, DaemonEvent)
    assert note.what == "lost"
    assert "3" in (note.detail or "")


async def test_nobody_hears_after_leaving() -> None:
    bus = Bus()
    with bus.subscribe() as listener:
        pass
    bus.publish(event(1))
    assert listener.drain() == ()


async def test_waiting_ends_with_the_event_that_makes_it_so() -> None:
    bus = Bus()
    seen: list[str] = []
    waiting = asyncio.create_task(bus.until(lambda: "done" in seen, 60))
    for word in ("begun", "done"):
        await asyncio.sleep(0)
        assert not waiting.done()
        seen.append(word)
        bus.publish(event(len(seen)))
    await waiting


async def test_waiting_for_what_never_comes_ends() -> None:
    await Bus().until(lambda: False, 0.01)
