"""A real daemon over every tool that a shipped table drives; a new one in SUBJECTS is here, too."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, until
from tests.vcs.contract.conftest import FIRST, ready
from tests.vcs.contract.copies import files_at
from tests.vcs.contract.subject import Subject, write_files
from tests.vcs.contract.subjects import SUBJECTS
from tests.vcs.contract.table_subjects import MyToolSubject, TableSubject

TOOLS = [
    pytest.param(tool, id=tool.name)
    for tool in SUBJECTS
    if isinstance(tool, TableSubject) and not isinstance(tool, MyToolSubject)
]
LIMIT = 120.0

pytestmark = [pytest.mark.system, pytest.mark.once, pytest.mark.timeout(600)]


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Subject:
    return ready(request.param, request, monkeypatch)


@pytest.fixture
def machine(tmp_path: Path, tool: Subject) -> Iterator[Machine]:
    machine = Machine(tmp_path, "laptop")
    names = (*getattr(tool, "environment", {}), "WARM_BRZ")
    machine.extra = {name: os.environ[name] for name in names if name in os.environ}
    yield machine
    machine.stop()


def test_one_daemon_keeps_two_working_copies_in_step_whatever_happens(
    tool: Subject, machine: Machine, tmp_path: Path
) -> None:
    """A save arrives, both versions of a conflict stay, what was saved offline arrives later."""
    (tmp_path / "server").mkdir()
    address = tool.share(tmp_path / "server", FIRST)
    one, two = machine.home / "one", machine.home / "two"
    for folder in (one, two):
        tool.check_out(address, folder)
    machine.start(f"{QUICK}repositories: [{one}, {two}]\n")

    def wait(what: str, condition: Callable[[], bool]) -> None:
        until(lambda: _holds(condition), f"{what}\n{machine.diary()}", LIMIT)

    write_files(one, {b"sub/new one": b"n\n"})
    wait("a save arrives", lambda: files_at(two).get(b"sub/new one") == b"n\n")

    assert machine.ctl("pause", "two").returncode == 0
    write_files(one, {b"a.txt": b"mine\n"})
    wait("it is published", lambda: machine.ctl("sync", "one").returncode == 0)
    write_files(two, {b"a.txt": b"theirs\n"})
    assert machine.ctl("resume", "two").returncode == 0
    wait("both versions are there", lambda: _versions(one) == _versions(two) == 2)
    both = {b"mine\n", b"theirs\n"}
    wait("and whole", lambda: both <= set(files_at(one).values()) & set(files_at(two).values()))

    tool.unplug(address)
    write_files(one, {b"offline": b"o\n"})
    wait("it is offline", lambda: machine.repository("one")["state"] == "offline")
    assert (one / "offline").read_bytes() == b"o\n"
    place = Path(address.removeprefix("file://"))
    Path(f"{place}.unplugged").rename(place)
    wait("what was saved offline arrives", lambda: files_at(two).get(b"offline") == b"o\n")
    wait("all is in step", lambda: files_at(one) == files_at(two) and _rest(machine))
    assert tool.unfinished(one) == tool.unfinished(two) == ""


def _versions(folder: Path) -> int:
    """How many versions of a.txt there are."""
    return sum(path.startswith(b"a.") for path in files_at(folder))


def _rest(machine: Machine) -> bool:
    return all(one["state"] == "idle" and not one["pending"] for one in machine.status())


def _holds(condition: Callable[[], bool]) -> bool:
    """What a tool is just writing may not be there at this moment."""
    try:
        return condition()
    except FileNotFoundError:
        return False
