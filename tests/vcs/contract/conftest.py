"""Every test of the contract runs once for each tool."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.vcs.contract.copies import Copy, close_opened, open_copy
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
    always = metafunc.definition.get_closest_marker("core") is not None
    tools = [
        pytest.param(tool, id=tool.name, marks=() if always or tool.quick else pytest.mark.once)
        for tool in SUBJECTS
        if all(able(tool.can, ability) for ability in needed)
    ]
    metafunc.parametrize("subject", tools, indirect=True)


@pytest.fixture
def subject(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A tool that is here."""
    return ready(request.param, request, monkeypatch)


def ready(
    wanted: Subject, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Subject:
    """The tool with the environment that it needs."""
    if not installed(wanted) and os.environ.get("CI") != "true":
        pytest.skip(f"{wanted.name} is not installed")
    environment = dict(getattr(wanted, "environment", {}))
    if "brz" in wanted.tools:
        environment |= request.getfixturevalue("warm_brz")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("autosyncd.vcs.git.index_memory.GIT_QUIET", 0.0)
    return wanted


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    """Leave no process behind."""
    yield
    await close_opened()


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
            assert not (await copy.settled()).changes


@pytest.fixture
async def pair(subject: Subject, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Both have the files of FIRST."""
    if not getattr(subject, "movable", False):
        address = _world(subject, tmp_path)
    else:
        if subject.name not in WORLDS:
            world = tmp_path_factory.mktemp("world")
            WORLDS[subject.name] = (world, _world(subject, world))
        world, address = WORLDS[subject.name]
        shutil.copytree(world, tmp_path, symlinks=True, dirs_exist_ok=True)
        address = address.replace(str(world), str(tmp_path))
    copies = [await open_copy(subject, tmp_path / name) for name in ("mine", "theirs")]
    return Pair(address, *copies)


WORLDS: dict[str, tuple[Path, str]] = {}
"""For tools whose working copies find what they share by a relative path: made once, and copied."""


def _world(subject: Subject, folder: Path) -> str:
    address = subject.share(_made(folder / "server"), FIRST)
    for name in ("mine", "theirs"):
        subject.check_out(address, folder / name)
    return address


@pytest.fixture(scope="session")
def warm_brz() -> Iterator[Mapping[str, str]]:
    """The environment in which `brz` is a fork of one that has its modules loaded already, which
    saves most of its time. Where that is not possible, it is what it always is."""
    warm = Path(__file__).parent / "warm"
    with TemporaryDirectory() as folder:
        address = f"{folder}/socket"
        words = ["/usr/bin/python3", str(warm / "brz_forks.py"), address]
        pipe = subprocess.PIPE
        server = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        assert server.stdin
        assert server.stdout
        ready = server.stdout.readline() == b"ready\n"
        yield {"PATH": f"{warm}:{os.environ['PATH']}", "WARM_BRZ": address} if ready else {}
        server.stdin.close()
        server.wait(60)
        server.stdout.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
