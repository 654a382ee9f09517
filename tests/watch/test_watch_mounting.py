"""All who listen are told of what is mounted, and of much at once only once."""

import asyncio

from autosyncd.watch.mounting import MountEvents
from tests.watch.heard import until


async def test_many_mounts_at_once_are_told_once_and_none_after_the_end() -> None:
    events, told = MountEvents(), list[int]()
    with events.listen(lambda: told.append(1)), events.listen(lambda: told.append(2)):
        watch = events._watch
        assert watch is not None
        for _ in range(100):
            watch._changed()
        assert not told
        await until(lambda: bool(told), limit=60)
        assert told == [1, 2]
        watch._changed()
        pause = watch._pause
    assert pause is not None
    assert pause.cancelled()
    await asyncio.sleep(0)
