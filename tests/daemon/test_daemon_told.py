"""What is told, and what outlives a restart: each thing once, and nothing of the routine."""

import stat
from pathlib import Path

import pytest

from autosyncd.api.events import Committed, Conflict, Event, Problem, Pushed, Solved, StateChanged
from autosyncd.core.backoff import Backoff
from autosyncd.worker import steps
from tests.daemon.conftest import clone_of
from tests.daemon.house import git, house, quick


def told(events: list[Event]) -> list[str]:
    """The states that people are told of, in their order."""
    return [e.state for e in events if isinstance(e, StateChanged) and not e.detail]


async def test_a_problem_that_stands_is_told_once_however_often_it_is_tried(
    tmp_path: Path, remote: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "REMOTE", Backoff(base=0.01, cap=0.02))
    tries, hook = tmp_path / "tries", remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho x >> {tries}\necho no; exit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "new").write_text("x")
        await home.until(lambda: tries.exists() and len(tries.read_text().split()) >= 4)
        since = {e.since for e in home.daemon.status(None).repositories if e.state == "blocked"}
        hook.unlink()
        await home.until(lambda: bool(home.of_kind(Solved)) and home.state("docs") == "idle")
        assert told(home.events) == ["idle", "blocked", "idle"]
        assert len(home.of_kind(Problem)) == len(home.of_kind(Solved)) == 1
        blocked = next(
            e.time for e in home.of_kind(StateChanged) if getattr(e, "state", "") == "blocked"
        )
        assert since <= {blocked}
        kinds = [type(e) for e in home.events if not getattr(e, "detail", False)]
        assert kinds.index(Solved) == len(kinds) - 2, "solved, and then at rest"


async def test_routine_polls_and_steps_are_not_in_the_journal(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, pull_interval=0.05)]) as home:
        await home.until_state("docs", "idle")

        def polls() -> int:
            return sum(getattr(e, "step", None) == "fetch" for e in home.of_kind(StateChanged))

        await home.until(lambda: polls() >= 5)
        (clone / "new").write_text("x")
        await home.until(lambda: bool(home.of_kind(Pushed)))
        kept = await home.daemon.events(["docs"], since=None, limit=None)
    states = [event.state for event in kept if isinstance(event, StateChanged)]
    assert states == ["idle"]
    assert {Committed, Pushed} <= {type(event) for event in kept}


async def test_times_of_push_and_pull_and_a_told_state_outlive_a_restart(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    async with house(tmp_path, [quick(clone), quick(other)]) as home:
        (clone / "new").write_text("x")
        await home.until(lambda: (other / "new").exists() and home.state("docs") == "idle")
        await home.until(
            lambda: home.daemon.status(["other"]).repositories[0].last_pull is not None
        )
        pushed = home.daemon.status(["docs"]).repositories[0].last_push
        pulled = home.daemon.status(["other"]).repositories[0].last_pull
        await home.until_state("other", "idle")
    async with house(tmp_path, [quick(clone), quick(other)]) as home:
        await home.until(lambda: {home.state("docs"), home.state("other")} == {"idle"})
        assert home.daemon.status(["docs"]).repositories[0].last_push == pushed
        assert home.daemon.status(["other"]).repositories[0].last_pull == pulled
        assert told(home.events) == [], "that it is idle was known before the restart"


async def test_what_a_pause_kept_back_is_counted_also_after_a_restart(
    tmp_path: Path, clone: Path
) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
        (clone / "later").write_text("x")
        (clone / "readme").write_text("y")
        await home.until(lambda: home.daemon.status(None).repositories[0].pending == 2)
    for _ in range(2):
        async with house(tmp_path, [quick(clone)]) as home:
            await home.until_state("docs", "paused")
            assert home.daemon.status(None).repositories[0].pending == 2
    async with house(tmp_path, [quick(clone)]) as home:
        await home.daemon.resume(None)
        await home.until(lambda: bool(home.of_kind(Committed)))
        await home.until_state("docs", "idle")
        assert home.daemon.status(None).repositories[0].pending == 0


async def test_a_conflict_is_told_on_the_machine_that_only_takes_it_in(
    tmp_path: Path, remote: Path
) -> None:
    names = ("one", "two", "third")
    one, two, third = (clone_of(remote, tmp_path / name) for name in names)
    async with house(tmp_path, [quick(one), quick(two), quick(third)]) as home:
        await home.until(lambda: {home.state(name) for name in names} == {"idle"})
        await home.daemon.pause(None, None)
        (one / "readme").write_text("the plan of one\n")
        (two / "readme").write_text("the plan of two\n")
        await home.daemon.resume(["one"])
        await home.until(lambda: any(e.repository == "one" for e in home.of_kind(Pushed)))
        await home.daemon.resume(["two"])
        await home.until(lambda: any(e.repository == "two" for e in home.of_kind(Pushed)))
        await home.daemon.resume(["third"])
        await home.until(lambda: bool(list(third.glob("readme.conflict-*"))))
        heads = ("rev-parse", "HEAD")
        await home.until(lambda: git(one, *heads) == git(two, *heads) == git(third, *heads))
        await home.until(lambda: len(home.of_kind(Conflict)) == 3)
        told_to = {e.repository: e for e in home.of_kind(Conflict) if isinstance(e, Conflict)}
    assert set(told_to) == set(names)
    assert told_to["third"].paths == ("readme",)
    assert "another machine" in told_to["third"].detail
    assert "readme.conflict-" in told_to["third"].detail
