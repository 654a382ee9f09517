"""A fake daemon, and the command line that talks to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autosyncctl import cli
from tests.autosyncctl.fake_daemon import FakeDaemon, fake_daemon
from tests.control.fake_served import FakeServed, a_repository


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr."""
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        return self.err.strip()


Run = Callable[..., Ran]


@pytest.fixture
def socket_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "control" / "control.sock"
    monkeypatch.setenv("AUTOSYNC_SOCKET", str(path))
    return path


@pytest.fixture
def served() -> FakeServed:
    return FakeServed(a_repository("docs"), a_repository("notes"))


@pytest.fixture
def daemon(socket_file: Path, served: FakeServed) -> Iterator[FakeDaemon]:
    with fake_daemon(socket_file, served) as daemon:
        yield daemon


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*argv: str) -> Ran:
        code = cli.main(argv)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
