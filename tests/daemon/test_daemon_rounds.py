"""A sync of several repositories of one remote ends when all have what the others pushed."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from autosyncd.daemon.rounds import ROUNDS, sync_all
from autosyncd.errors import AutosyncError
from autosyncd.host.systemd import ServiceManager
from autosyncd.worker.worker import Worker
from tests.daemon.conftest import clone_of
from tests.daemon.house import house, quick


async def test_all_have_what_the_others_pushed_meanwhile(tmp_path: Path, remote: Path) -> None:
    names = ("one", "two", "three")
    clones = [clone_of(remote, tmp_path / name) for name in names]
    slow = [quick(clone, settle=300.0, max_settle=300.0) for clone in clones]
    async with house(tmp_path, slow) as home:
        for name in names:
            await home.until_state(name, "idle")
        for clone in clones:
            (clone / f"by-{clone.name}").write_text(f"{clone.name}\n")
        result = await home.daemon.sync(None, wait=True)
        assert [(one.name, one.ok) for one in result.repositories] == [(n, True) for n in names]
        for clone in clones:
            assert {f"by-{name}" for name in names} <= set(os.listdir(clone))
        seen = {one.in_step and one.in_step.commit for one in home.daemon.status(None).repositories}
        assert len(seen) == 1


@dataclass
class Standing:
    """What `sync_all` looks at of a worker."""

    name: str
    checked: float
    commit: str
    url: str | None = "/remote"
    apart: str | None = None

    @property
    def settings(self) -> SimpleNamespace:
        return SimpleNamespace(pulls=True)

    def status(self) -> SimpleNamespace:
        seen = SimpleNamespace(checked=self.checked, commit=self.commit)
        return SimpleNamespace(in_step=seen, branch="main")


async def test_who_never_catches_up_is_told_so() -> None:
    asked = []
    early, late = Standing("early", 1.0, "old"), Standing("late", 2.0, "new")

    async def ask(worker: Worker) -> str | None:
        asked.append(worker.name)
        return None

    outcomes = await sync_all([cast("Worker", early), cast("Worker", late)], ask)
    assert [(one.name, one.ok) for one in outcomes] == [("early", False), ("late", True)]
    assert outcomes[0].error
    assert asked == ["early", "late"] + ["early"] * (ROUNDS - 1)


async def test_who_failed_is_asked_once_and_holds_up_nobody() -> None:
    asked = []

    async def ask(worker: Worker) -> str | None:
        asked.append(worker.name)
        return "the disk is full" if worker.name == "bad" else None

    both = [
        cast("Worker", Standing("bad", 1.0, "old")),
        cast("Worker", Standing("good", 2.0, "new")),
    ]
    outcomes = await sync_all(both, ask)
    assert [one.error for one in outcomes] == ["the disk is full", None]
    assert asked == ["bad", "good"]


async def test_a_reload_that_fails_half_way_is_told_to_systemd_as_over(
    tmp_path: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(ServiceManager, "reloading", lambda self: told.append("reloading"))
    monkeypatch.setattr(ServiceManager, "ready", lambda self, status: told.append("ready"))
    async with house(tmp_path, [quick(clone_of(remote, tmp_path / "one"))]) as home:
        await home.until_state("one", "idle")
        await home.until(lambda: told == ["ready"])

        async def fails(config: object) -> None:
            raise AutosyncError("cannot apply it")

        monkeypatch.setattr(home.daemon._routing, "apply", fails)
        with pytest.raises(AutosyncError, match="cannot apply it"):
            await home.daemon.reload()
        assert told == ["ready", "reloading", "ready"]
