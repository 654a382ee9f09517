"""What Breezy leaves behind when it is killed, and what autosync keeps of its answers."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.process import Slots
from autosyncd.vcs.table.repository import TableRepository
from autosyncd.vcs.table.shipped import shipped_tables
from autosyncd.vcs.table.tool import Tool
from autosyncd.vcs.table.workplace import NAME, Workplace
from tests.vcs.contract.copies import OPENED, Copy, open_copy
from tests.vcs.contract.subject import installed
from tests.vcs.contract.table_subjects import BrzSubject, do

LOCKED = """
import os
import breezy.bzr
from breezy import branch, initialize
with initialize():
    branch.Branch.open(".").lock_write()
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch) -> BrzSubject:
    found = BrzSubject()
    if not installed(found) and os.environ.get("CI") != "true":
        pytest.skip("brz is not installed")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


async def both(subject: BrzSubject, folder: Path) -> tuple[Copy, Copy]:
    (folder / "server").mkdir()
    address = subject.share(folder / "server", {b"a": b"common\n"})
    for name in ("mine", "theirs"):
        subject.check_out(address, folder / name)
    mine, theirs = [await open_copy(subject, folder / name) for name in ("mine", "theirs")]
    return mine, theirs


@pytest.mark.once
async def test_what_a_killed_brz_and_a_killed_daemon_left_stops_nothing(
    subject: BrzSubject, tmp_path: Path
) -> None:
    mine, theirs = await both(subject, tmp_path)
    theirs.write({b"a": b"theirs\n"})
    await theirs.sync()
    mine.write({b"a": b"mine\n"})
    crashed = mine.root / ".bzr" / NAME / "autosync-crashed"
    (crashed / "ours").mkdir(parents=True)
    killed = subprocess.run(
        ["/usr/bin/python3", "-c", LOCKED], cwd=mine.root, capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr
    assert (mine.root / ".bzr/branch/lock/held").exists()
    await mine.sync()
    while OPENED:
        await OPENED.pop().close()
    assert not (mine.root / ".bzr" / NAME).exists()
    files = mine.files()
    assert set(files.values()) == {b"mine\n", b"theirs\n"}
    assert len(files) == 2
    assert do(mine.root, "brz", "status", "-S") == ""


@pytest.mark.once
async def test_a_commit_by_hand_in_between_is_seen_and_pushed(
    subject: BrzSubject, tmp_path: Path
) -> None:
    mine, theirs = await both(subject, tmp_path)
    await mine.sync()
    mine.write({b"by hand": b"h\n"})
    do(mine.root, "brz", "add", "-q")
    do(mine.root, "brz", "commit", "-q", "-m", "by hand")
    standing = await mine.repository.inspect()
    assert standing.last_commit
    assert (standing.last_commit.subject, standing.ahead) == ("by hand", 1)
    await mine.sync()
    await theirs.sync()
    assert theirs.files()[b"by hand"] == b"h\n"
    while OPENED:
        await OPENED.pop().close()


@pytest.mark.once
async def test_a_tool_is_asked_again_when_what_it_answers_from_has_changed(
    subject: BrzSubject, tmp_path: Path
) -> None:
    mine, _theirs = await both(subject, tmp_path)
    table = next(one for one in shipped_tables() if one.name == "bzr")
    tool = Tool(table, dict(os.environ), Slots(2))
    source = mine.root / ".bzr/branch/branch.conf"
    os.utime(source, (1_000_000_000, 1_000_000_000))
    first = await tool.answer("remote_url", mine.root)
    assert "server/shared" in first
    do(mine.root, "brz", "config", "parent_location=/elsewhere")
    assert "/elsewhere" in await tool.answer("remote_url", mine.root)
    assert isinstance(mine.repository, TableRepository)
    while OPENED:
        await OPENED.pop().close()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Path]:
    """The folder of a daemon that lives."""
    folder = tmp_path / NAME / "autosync-live"
    folder.mkdir(parents=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield folder
    os.close(lock)


def test_only_folders_of_crashed_daemons_are_swept(live: Path, tmp_path: Path) -> None:
    (live.parent / "autosync-dead").mkdir()
    place = Workplace(tmp_path)
    assert {one.name for one in live.parent.iterdir()} == {live.name, place.path.name}
    place.close()
    assert [one.name for one in live.parent.iterdir()] == [live.name]
