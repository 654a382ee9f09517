"""Events, pauses and the machine's id outlive a restart."""

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from autosyncd import journal as module
from autosyncd.api.events import Event, Solved
from autosyncd.bus import Bus
from autosyncd.core.approval import Approval, Reason
from autosyncd.journal import Journal, Pause


def event(number: int, repository: str = "docs", when: float | None = None) -> Event:
    return Solved(
        time=time.time() if when is None else when,
        repository=repository,
        operation="push",
        message=str(number),
    )


_SUBSCRIBED = ExitStack()


def journal_of(file: Path, bus: Bus) -> Journal:
    """A journal that hears everything for the rest of the tests."""
    return Journal(file, _SUBSCRIBED.enter_context(bus.subscribe()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


def messages(events: tuple[Event, ...]) -> list[str]:
    return [e.message for e in events if isinstance(e, Solved)]


async def test_events_outlive_a_restart_oldest_first(file: Path) -> None:
    bus = Bus()
    first = journal_of(file, bus)
    for number in range(3):
        bus.publish(event(number))
    await first.close()
    second = journal_of(file, Bus())
    assert messages(await second.events(None, None, None)) == ["0", "1", "2"]
    await second.close()


async def test_an_event_just_published_is_found(file: Path) -> None:
    bus = Bus()
    journal = journal_of(file, bus)
    bus.publish(event(7))
    assert messages(await journal.events(None, None, None)) == ["7"]
    await journal.close()


async def test_events_are_chosen_by_repository_time_and_number(file: Path) -> None:
    bus = Bus()
    journal = journal_of(file, bus)
    for number in range(5):
        bus.publish(event(number, when=100.0 + number))
        bus.publish(event(10 + number, repository="notes", when=100.0 + number))
    docs = frozenset({"docs"})
    assert messages(await journal.events(docs, None, 2)) == ["3", "4"]
    assert messages(await journal.events(docs, 103.0, None)) == ["3", "4"]
    assert messages(await journal.events(frozenset(), None, None)) == []
    await journal.close()


async def test_old_events_are_pruned(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_EVENTS", 10)
    monkeypatch.setattr(module, "PRUNE_EVERY", 5)
    bus = Bus()
    journal = journal_of(file, bus)
    for number in range(50):
        bus.publish(event(number))
        await journal.flush()
    kept = messages(await journal.events(None, None, None))
    assert kept[-1] == "49"
    assert len(kept) <= 15
    await journal.close()


async def test_pauses_outlive_a_restart_until_they_are_over(file: Path) -> None:
    journal = journal_of(file, Bus())
    await journal.set_pause(Path("/a"), Pause(None))
    await journal.set_pause(Path("/b"), Pause(1000.0))
    await journal.set_pause(Path("/c"), Pause(None))
    await journal.set_pause(Path("/c"), None)
    await journal.close()
    again = journal_of(file, Bus())
    assert again.pauses(now=999.0) == {"/a": Pause(None), "/b": Pause(1000.0)}
    assert again.pauses(now=1001.0) == {"/a": Pause(None)}
    await again.close()


async def test_the_machine_keeps_its_id(file: Path) -> None:
    one = journal_of(file, Bus())
    machine = one.machine()
    await one.close()
    two = journal_of(file, Bus())
    assert two.machine() == machine
    assert len(machine) == 16
    await two.close()


async def test_a_damaged_journal_is_kept_aside_and_a_new_one_begun(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database" * 1000)
    journal = journal_of(file, Bus())
    await journal.set_pause(Path("/a"), Pause(None))
    await journal.close()
    assert [p.read_bytes()[:4] for p in file.parent.glob("*damaged*")] == [b"this"]


async def test_without_a_place_to_write_the_daemon_goes_on(tmp_path: Path) -> None:
    in_the_way = tmp_path / "state"
    in_the_way.write_text("a file where the folder should be")
    bus = Bus()
    journal = journal_of(in_the_way / "journal.sqlite3", bus)
    bus.publish(event(1))
    assert messages(await journal.events(None, None, None)) == ["1"]
    await journal.close()


async def test_nobody_else_can_read_the_folder(file: Path) -> None:
    journal = journal_of(file, Bus())
    assert os.stat(file.parent).st_mode & 0o777 == 0o700
    await journal.close()


async def test_approvals_outlive_a_restart_until_they_are_forgotten(file: Path) -> None:
    docs, notes = Path("/docs"), Path("/notes")
    large = Approval(b"caf\xe9", Reason.LARGE)
    gone = frozenset(Approval(b"%d" % number, Reason.DELETED) for number in range(3))
    first = journal_of(file, Bus())
    await first.approve(docs, frozenset({large}) | gone)
    await first.approve(docs, frozenset({large}))
    first.forget_approvals(docs, gone)
    await first.close()
    second = journal_of(file, Bus())
    assert second.approvals(docs) == {large}
    assert second.approvals(notes) == frozenset()
    await second.close()


async def test_only_a_machine_that_went_down_while_we_ran_may_have_lost_data(file: Path) -> None:
    first = journal_of(file, Bus())
    assert first.begin_run("boot 1", 100.0) is None
    await first.close()
    clean = journal_of(file, Bus())
    assert clean.begin_run("boot 2", 200.0) is None
    clean._connection.close()
    killed = journal_of(file, Bus())
    assert killed.begin_run("boot 2", 200.0) is None, "killed alone, the machine went on"
    killed._connection.close()
    crashed = journal_of(file, Bus())
    assert crashed.begin_run("boot 3", 300.5) == 300.5
    await crashed.close()
    later = journal_of(file, Bus())
    assert later.begin_run("boot 4", 400.0) == 300.5, "what was emptied then may still be so"
    await later.close()


async def test_what_a_channel_has_the_journal_remember_outlives_a_restart(file: Path) -> None:
    one = journal_of(file, Bus())
    assert one.recall("times") is None
    for value in ("first", "last"):
        one.remember("times", value)
    await one.close()
    two = journal_of(file, Bus())
    assert (two.recall("times"), two.recall("machine")) == ("last", None)
    await two.close()


async def test_deletions_and_mounts_outlive_a_restart(file: Path, tmp_path: Path) -> None:
    first = journal_of(file, Bus())
    assert (first.deletions(tmp_path), first.mounts(tmp_path)) == ({}, None)
    first.note_deletions(tmp_path, {b"old": 1.0})
    first.note_deletions(tmp_path, {b"a": 2.0, b"\xff": 3.0})
    first.note_deletions(tmp_path / "other", {b"b": 4.0})
    first.note_mounts(tmp_path, {b"old": "tmpfs"})
    first.note_mounts(tmp_path, {})
    first.note_mounts(tmp_path / "other", {b"photos": "ext4 /dev/sdb1 /"})
    await first.close()
    second = journal_of(file, Bus())
    assert second.deletions(tmp_path) == {b"a": 2.0, b"\xff": 3.0}
    assert second.mounts(tmp_path) == {}
    assert second.mounts(tmp_path / "other") == {b"photos": "ext4 /dev/sdb1 /"}
    await second.close()
