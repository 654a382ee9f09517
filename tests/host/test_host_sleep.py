"""Sleep is noticed by the clocks."""

import asyncio

import pytest

from autosyncd.host import sleep
from autosyncd.host.sleep import Sleep, seconds_slept


async def test_sleep_is_told_once_and_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sleep, "INTERVAL", 0.001)
    slept, told, looks = 100.0, asyncio.Queue[float](), asyncio.Semaphore(0)

    def clock() -> float:
        looks.release()
        return slept

    watching = asyncio.create_task(Sleep(told.put_nowait, clock).run())
    for _ in range(3):
        await looks.acquire()
    slept += 3600.0
    async with asyncio.timeout(60):
        assert await told.get() == 3600.0
        slept += 1.0  # too short to matter
        for _ in range(10):
            await looks.acquire()
    watching.cancel()
    assert told.empty()


def test_sleep_is_noticed_within_two_seconds_of_waking() -> None:
    assert sleep.INTERVAL <= 1.5


def test_the_clocks_of_this_machine_agree_as_long_as_it_is_awake() -> None:
    assert abs(seconds_slept() - seconds_slept()) < 0.5
