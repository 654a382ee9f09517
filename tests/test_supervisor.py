"""Services: crashes are contained, restarted with backoff, and given up in the end."""

import asyncio
from collections.abc import Callable

import pytest

from autosyncd import supervisor as module
from autosyncd.supervisor import CRASH_LIMIT, Supervisor
from tests.waiting import until


class Scripted:
    """A service that does what it is told, once for each life."""

    def __init__(self, name: str, *lives: Callable[[], None]) -> None:
        self.name = name
        self.lives = list(lives)
        self.started = 0
        self.asked = asyncio.Event()

    async def run(self) -> None:
        self.started += 1
        if self.lives:
            self.lives.pop(0)()
        await self.asked.wait()


def crash() -> None:
    raise RuntimeError("boom")


class Crashes:
    def __init__(self) -> None:
        self.seen: list[tuple[str, float | None]] = []

    def __call__(self, name: str, error: Exception, retry_in: float | None) -> None:
        self.seen.append((name, retry_in))


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_DELAY", 0.01)


async def test_a_crash_restarts_that_service_alone() -> None:
    crashes = Crashes()
    supervisor = Supervisor(crashes)
    calm, wild = Scripted("calm"), Scripted("wild", crash)
    supervisor.start(calm)
    supervisor.start(wild)
    await until(lambda: wild.started == 2)
    assert calm.started == 1
    assert [name for name, _ in crashes.seen] == ["wild"]
    for service in (calm, wild):
        assert await supervisor.end(service.name, service.asked.set, limit=60)


async def test_the_delay_between_restarts_grows() -> None:
    crashes = Crashes()
    supervisor = Supervisor(crashes)
    wild = Scripted("wild", crash, crash, crash)
    supervisor.start(wild)
    await until(lambda: wild.started == 4)
    delays = [delay for _, delay in crashes.seen if delay is not None]
    assert delays[2] > delays[1] > delays[0]
    await supervisor.cancel("wild")


async def test_a_service_that_crashes_again_and_again_is_given_up_until_revived() -> None:
    crashes = Crashes()
    supervisor = Supervisor(crashes)
    wild = Scripted("wild", *[crash] * (CRASH_LIMIT + 1))
    supervisor.start(wild)
    await until(lambda: bool(crashes.seen) and crashes.seen[-1][1] is None)
    given_up = wild.started
    assert given_up == CRASH_LIMIT + 1
    supervisor.revive("wild")
    await until(lambda: wild.started == given_up + 1)
    await supervisor.cancel("wild")


async def test_who_does_not_stop_in_time_is_cancelled_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    supervisor = Supervisor(Crashes())
    deaf = Scripted("deaf")
    supervisor.start(deaf)
    await until(lambda: deaf.started == 1)
    assert not await supervisor.end("deaf", lambda: None, limit=0.05)
    assert "deaf did not stop" in caplog.text


async def test_a_service_that_waits_for_its_restart_ends_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FIRST_DELAY", 60)
    crashes = Crashes()
    supervisor = Supervisor(crashes)
    wild = Scripted("wild", crash)
    supervisor.start(wild)
    await until(lambda: bool(crashes.seen))
    assert await supervisor.end("wild", wild.asked.set, limit=60)


async def test_a_service_that_returns_is_not_restarted() -> None:
    supervisor = Supervisor(Crashes())
    brief = Scripted("brief")
    brief.asked.set()
    supervisor.start(brief)
    await until(lambda: brief.started == 1)
    assert await supervisor.end("brief", lambda: None, limit=60)
    assert brief.started == 1
