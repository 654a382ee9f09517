"""A control server with a fake daemon behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from autosyncd.control.connection import Limits
from autosyncd.control.server import ControlServer
from tests.control.fake_served import FakeServed, a_repository
from tests.control.line_client import LineClient

Connect = Callable[[], Awaitable[LineClient]]


@pytest.fixture
def served() -> FakeServed:
    return FakeServed(a_repository("docs"), a_repository("notes"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control" / "control.sock"


@asynccontextmanager
async def running(server: ControlServer) -> AsyncIterator[ControlServer]:
    """Run a server, and stop it at the end."""
    server.claim()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
async def server(path: Path, served: FakeServed, limits: Limits) -> AsyncIterator[ControlServer]:
    async with running(ControlServer(path, served, limits=limits)) as server:
        yield server


@pytest.fixture
async def client(server: ControlServer, path: Path) -> AsyncIterator[LineClient]:
    async with await LineClient.connect(path) as client:
        yield client
