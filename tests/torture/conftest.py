"""Two machines in step, with a remote between them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.torture.machine import Machine, run_git
from tests.torture.taps import impatient


@dataclass(frozen=True, slots=True)
class Pair:
    """`here` is what a test looks at, `there` is where updates come from."""

    here: Machine
    there: Machine
    remote: Path

    async def update(self, **files: str) -> None:
        """Files are written there, and arrive here; two underscores stand for a slash."""
        write(self.there, **files)
        await self.there.sync()
        await self.here.sync()

    async def agree(self) -> None:
        """Both say everything, and end at one commit."""
        for machine in (self.here, self.there, self.here):
            await machine.sync()
        assert self.here.head == self.there.head == run_git(self.remote, "rev-parse", "main")


def write(machine: Machine, **files: str) -> None:
    """The machine's user writes files; two underscores stand for a slash, one for a dot."""
    for name, text in files.items():
        path = machine.root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Both have the files a, b.txt and d/c."""
    remote = tmp_path / "remote.git"
    run_git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    made = Pair(Machine(tmp_path / "here", remote), Machine(tmp_path / "there", remote), remote)
    with impatient():
        await made.update(a="1\n", b_txt="1\n", d__c="1\n")
        yield made
