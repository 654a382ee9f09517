"""What a user is told when a program that a table names can't be started."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from autosyncd.errors import NeedsUserError, RemoteNeedsUserError
from autosyncd.vcs.base import Backend
from autosyncd.vcs.table.backend import TableBackend
from tests.vcs.contract.copies import Copy, message, open_copy
from tests.vcs.contract.table_subjects import MyToolSubject

SAID = "there is no program no-such-tool, which mytool needs"


@dataclass
class Lacking(MyToolSubject):
    """The made-up tool, with another program for one of its commands."""

    command: str
    program: str = "no-such-tool"

    def backend(self) -> Backend:
        backend = super().backend()
        assert isinstance(backend, TableBackend)
        words = ((self.program, "{path}" if self.command in ("add", "modify") else "go"),)
        changed: dict[str, Any] = {self.command: words}
        return TableBackend(replace(backend.table, **changed))


async def opened(place: Path, subject: Lacking) -> Copy:
    (place / "server").mkdir()
    address = subject.share(place / "server", {b"a": b"1\n", b"b": b"2\n"})
    subject.check_out(address, place / "mine")
    return await open_copy(subject, place / "mine")


@pytest.mark.parametrize("command", ["add", "modify", "remove", "commit"])
async def test_no_file_is_blamed_for_a_missing_program(tmp_path: Path, command: str) -> None:
    copy = await opened(tmp_path, Lacking(command))
    copy.write({b"a": b"changed\n", b"new": b"n\n"})
    copy.path(b"b").unlink()
    look = await copy.settled()
    with pytest.raises(NeedsUserError) as caught:
        await copy.repository.commit(look, message)
    assert caught.value.message == SAID
    assert not isinstance(caught.value, RemoteNeedsUserError)
    assert (await copy.settled()).left_out == ()
    await copy.repository.close()


async def test_a_missing_program_for_the_network_lets_commits_go_on(tmp_path: Path) -> None:
    copy = await opened(tmp_path, Lacking("push"))
    copy.write({b"new": b"n\n"})
    assert await copy.commit()
    standing = await copy.repository.inspect()
    assert standing.head
    with pytest.raises(RemoteNeedsUserError) as caught:
        await copy.repository.push(standing.head, standing.branch)
    assert caught.value.message == SAID
    await copy.repository.close()


async def test_a_missing_program_is_not_taken_for_no_remote(tmp_path: Path) -> None:
    copy = await opened(tmp_path, Lacking("remote_url"))
    with pytest.raises(NeedsUserError, match=SAID):
        await copy.repository.inspect()
    await copy.repository.close()


@pytest.mark.parametrize("said", ["No space left on device", "database or disk is full"])
async def test_no_file_is_blamed_for_a_full_disk(tmp_path: Path, said: str) -> None:
    full = tmp_path / "full"
    full.write_text(f"#!{sys.executable}\nraise SystemExit('cannot write: {said}')\n")
    full.chmod(0o700)
    copy = await opened(tmp_path, Lacking("add", str(full)))
    copy.write({b"new": b"n\n"})
    look = await copy.settled()
    with pytest.raises(NeedsUserError, match="the disk is full"):
        await copy.repository.commit(look, message)
    assert (await copy.settled()).left_out == ()
    await copy.repository.close()
