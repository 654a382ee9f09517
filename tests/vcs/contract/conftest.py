"""Every test of the contract runs once for each tool."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.vcs.contract.copies import OPENED, Copy, open_copy
from tests.vcs.contract.subject import Can, Subject, installed
from tests.vcs.contract.subjects import SUBJECTS

FIRST = {b"a.txt": b"one\ntwo\nthree\n", b"sub/b.txt": b"b\n"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test is there for the tools that are able to do what `@pytest.mark.needs(...)` names."""
    if "subject" not in metafunc.fixturenames:
        return
    needed = [
        ability for mark in metafunc.definition.iter_markers("needs") for ability in mark.args
    ]
    tools = [tool for tool in SUBJECTS if all(able(tool.can, ability) for ability in needed)]
    metafunc.parametrize("subject", tools, ids=[tool.name for tool in tools], indirect=True)


@pytest.fixture
def subject(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A tool that is here."""
    wanted: Subject = request.param
    if not installed(wanted) and os.environ.get("CI") != "true":
        pytest.skip(f"{wanted.name} is not installed")
    for name, value in getattr(wanted, "environment", {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("autosyncd.vcs.git.index_memory.GIT_QUIET", 0.0)
    return wanted


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    """Leave no process behind."""
    yield
    while OPENED:
        await OPENED.pop().close()


def able(can: Can, ability: str) -> bool:
    """Whether a tool can do this; `not X`: whether it can't."""
    name = ability.removeprefix("not ")
    value: bool = getattr(can, name)
    return value != ability.startswith("not ")


@dataclass(frozen=True, slots=True)
class Pair:
    """A shared repository, and two working copies of it."""

    address: str
    mine: Copy
    theirs: Copy

    async def agree(self) -> None:
        """Sync in turn until both have the same files, and nothing is left to be done."""
        for _ in range(4):
            await self.mine.sync()
            await self.theirs.sync()
            if self.mine.files() == self.theirs.files():
                break
        assert self.mine.files() == self.theirs.files()
        for copy in (self.mine, self.theirs):
            assert copy.subject.unfinished(copy.root) == ""
            assert await copy.repository.look(None) == await copy.repository.look(None)
            assert not (await copy.settled()).changes


@pytest.fixture
async def pair(subject: Subject, tmp_path: Path) -> Pair:
    """Both have the files of FIRST."""
    address = subject.share(_made(tmp_path / "server"), FIRST)
    copies = []
    for name in ("mine", "theirs"):
        subject.check_out(address, tmp_path / name)
        copies.append(await open_copy(subject, tmp_path / name))
    return Pair(address, *copies)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
