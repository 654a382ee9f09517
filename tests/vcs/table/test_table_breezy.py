"""What Breezy leaves behind when it is killed, and what autosync keeps of its answers."""

import fcntl
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from autosyncd.errors import AutosyncError, NeedsUserError, RetryError
from autosyncd.process import Slots
from autosyncd.vcs.table.repository import TableRepository
from autosyncd.vcs.table.shipped import shipped_tables
from autosyncd.vcs.table.tool import Tool
from autosyncd.vcs.table.workplace import NAME, Workplace
from tests.vcs.contract.copies import Copy, close_opened, message, open_copy
from tests.vcs.contract.subject import installed
from tests.vcs.contract.table_subjects import BrzSubject, do, instead, killed_once

pytestmark = pytest.mark.timeout(400)

LOCKED = """
import os
import breezy.bzr
from breezy import branch, initialize
with initialize():
    branch.Branch.open(".").lock_write()
    os.kill(os.getpid(), 9)
"""


WAITING = 'print("locked", flush=True); import sys; sys.stdin.read()'


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
    await close()
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
    await close_opened()


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


@pytest.fixture
def programs(
    subject: BrzSubject,
    warm_brz: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder in the PATH, in which a script may take the place of `brz`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, value in warm_brz.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BRZ_PATIENCE", "1")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    yield
    await close()


async def close() -> None:
    await close_opened()


STEPS = ("add", "rm", "commit", "push", "branch", "pull", "export", "merge", "resolve")


@pytest.mark.once
@pytest.mark.parametrize("verb", STEPS)
async def test_a_killed_brz_and_its_daemon_cost_nothing(
    subject: BrzSubject, programs: Path, tmp_path: Path, verb: str
) -> None:
    """Killed in the middle of both sides' changes to one file and to others."""
    mine, theirs = await both(subject, tmp_path)
    mine.write({b"gone": b"g\n"})
    await mine.sync()
    await theirs.sync()
    theirs.write({b"a": b"theirs\n", b"theirs": b"t\n"})
    await theirs.sync()
    mine.write({b"a": b"mine\n", b"mine/1": b"m\n"})
    mine.path(b"gone").unlink()
    marker = tmp_path / "killed"
    instead(programs, "brz", killed_once(verb, marker))
    try:
        await mine.sync()
    except AutosyncError:
        assert marker.exists()
    assert marker.exists()
    again = await open_copy(subject, mine.root)
    await again.sync()
    await theirs.sync()
    await again.sync()
    files = again.files()
    assert files == theirs.files()
    assert {files[p] for p in files if p.startswith(b"a")} == {b"mine\n", b"theirs\n"}
    assert (files[b"mine/1"], files[b"theirs"]) == (b"m\n", b"t\n")
    assert b"gone" not in files
    assert subject.unfinished(again.root) == ""


def started(words: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.mark.once
async def test_a_live_lock_of_another_program_is_waited_for_and_never_taken(
    subject: BrzSubject, programs: Path, tmp_path: Path
) -> None:
    mine, _theirs = await both(subject, tmp_path)
    mine.write({b"a": b"mine\n"})
    held = mine.root / ".bzr/branch/lock/held/info"
    words = ["/usr/bin/python3", "-c", LOCKED.replace("os.kill(os.getpid(), 9)", WAITING)]
    with started(words, mine.root) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == b"locked\n"
        before = held.read_bytes()
        with pytest.raises(RetryError):
            await mine.repository.commit(await mine.settled(), message)
        assert held.read_bytes() == before
        other.stdin.close()
        other.wait(60)
    await mine.sync()
    assert do(mine.root, "brz", "status", "-S") == ""


@pytest.mark.once
async def test_a_lock_of_another_machine_is_told_and_broken_by_hand_alone(
    subject: BrzSubject, programs: Path, tmp_path: Path
) -> None:
    mine, _theirs = await both(subject, tmp_path)
    subprocess.run(
        ["/usr/bin/python3", "-c", LOCKED], cwd=mine.root, capture_output=True, check=False
    )
    held = mine.root / ".bzr/branch/lock/held/info"
    text = re.sub(r"(?m)^hostname: .*$", "hostname: elsewhere", held.read_text())
    held.write_text(text)
    mine.write({b"a": b"mine\n"})
    with pytest.raises(RetryError) as caught:
        await mine.repository.commit(await mine.settled(), message)
    assert "lock" in caught.value.message.lower()
    assert held.read_text() == text
    do(mine.root, "brz", "break-lock", "--force")
    await mine.sync()
    assert do(mine.root, "brz", "status", "-S") == ""


@pytest.mark.once
async def test_a_name_in_decomposed_form_is_held_and_stops_no_other(
    subject: BrzSubject, programs: Path, tmp_path: Path
) -> None:
    mine, theirs = await both(subject, tmp_path)
    composed, decomposed = "\u00e9t\u00e9".encode(), "e\u0301te\u0301".encode()
    mine.write({decomposed: b"d\n", composed: b"c\n", b"fine": b"f\n"})
    await mine.sync()
    await theirs.sync()
    assert theirs.files() == {b"a": b"common\n", b"fine": b"f\n", composed: b"c\n"}
    (left,) = (await mine.settled()).left_out
    assert left.path == decomposed
    assert "not unicode normalized" in left.why


@pytest.mark.once
async def test_without_a_name_of_ones_own_the_user_is_asked_to_give_it(
    subject: BrzSubject, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, _theirs = await both(subject, tmp_path)
    for name in ("BRZ_EMAIL", "EMAIL", "BZR_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BRZ_HOME", str(tmp_path))
    mine = await open_copy(subject, mine.root)
    mine.write({b"a": b"mine\n"})
    with pytest.raises(NeedsUserError) as caught:
        await mine.repository.commit(await mine.settled(), message)
    assert "brz whoami" in caught.value.message
    assert caught.value.hint == "tell bzr who commits, as it says"


@pytest.mark.once
@pytest.mark.parametrize("kind", ["heavy", "lightweight"])
async def test_a_checkout_is_blocked_until_it_is_a_branch_of_its_own(
    subject: BrzSubject, programs: Path, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "server").mkdir()
    address = subject.share(tmp_path / "server", {b"a": b"common\n"})
    option = ("--lightweight",) if kind == "lightweight" else ()
    do(tmp_path, "brz", "checkout", "-q", *option, address, "bound")
    copy = await open_copy(subject, tmp_path / "bound")
    standing = await copy.repository.inspect()
    assert "heckout (format" in (standing.obstacle or "")
    assert standing.cure
    first, second = re.findall(r"`(.+?)`", standing.cure)
    do(copy.root, *first.split())
    do(copy.root, *second.replace("URL", address).split())
    again = await open_copy(subject, copy.root)
    assert (await again.repository.inspect()).obstacle is None
    again.write({b"a": b"mine\n"})
    await again.sync()
    assert "mine" in do(tmp_path, "brz", "cat", f"{address}/a")


@pytest.mark.once
async def test_a_users_aliases_change_nothing(
    subject: BrzSubject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = await both(subject, tmp_path)
    home = tmp_path / "settings"
    (home / "breezy").mkdir(parents=True)
    aliases = "commit = commit --strict\nmissing = missing --mine-only\nadd = add --dry-run\n"
    for file in (home / "breezy.conf", home / "breezy" / "breezy.conf"):
        file.write_text(f"[ALIASES]\n{aliases}")
    monkeypatch.setenv("BRZ_HOME", str(home))
    assert "--strict" in do(mine.root, "brz", "alias", "commit")
    mine, theirs = [await open_copy(subject, copy.root) for copy in (mine, theirs)]
    mine.write({b"new": b"n\n", b"later": b"l\n"})
    await mine.commit(b"new")
    await mine.sync()
    await theirs.sync()
    assert theirs.files() == mine.files()
    assert b"new" in theirs.files()


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
