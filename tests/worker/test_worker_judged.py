"""What `add` has read in its preview is not read again by the worker that follows."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.api.types import Preview
from autosyncd.config.model import RepositorySettings
from autosyncd.onboarding.folder import survey
from autosyncd.onboarding.preview import preview
from autosyncd.process import Slots
from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.watch.inotify import Inotify
from autosyncd.worker import contents
from autosyncd.worker.surroundings import Claims, Surroundings
from autosyncd.worker.worker import Worker
from tests.daemon.restless_writer import KEY

LOOK = Look(changes=tuple(Change(name, ChangeKind.ADDED) for name in (b"a", b"key")))


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(
        backends=(GitBackend(),),
        watcher=Inotify(),
        publish=lambda _event: None,
        slots=Slots(4),
        claims=Claims(),
        machine="m",
        host="h",
        user="u",
        environment=dict(os.environ),
    )


@pytest.fixture
def settings(tmp_path: Path) -> RepositorySettings:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a").write_text("hello\n")
    (folder / "key").write_bytes(KEY)
    return RepositorySettings(path=folder, name="docs")


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that are read from now on."""
    read: list[bytes] = []
    search = contents._by_content

    def counting(
        full: bytes, path: bytes, rules: contents.Rules, status: os.stat_result
    ) -> contents.Verdict:
        read.append(path)
        return search(full, path, rules, status)

    monkeypatch.setattr(contents, "_by_content", counting)
    return read


async def looked_at(
    settings: RepositorySettings, around: Surroundings, read: list[bytes]
) -> Preview:
    """A preview for which all was read: what was written a moment ago is left for later."""
    folder = await survey(settings.path, around)
    async with asyncio.timeout(60):
        while True:
            read.clear()
            look = await preview(folder, settings, around)
            if sorted(read) == [b"a", b"key"]:
                return look
            await asyncio.sleep(0.02)


async def test_a_clean_version_is_read_once(
    around: Surroundings, settings: RepositorySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch)
    look = await looked_at(settings, around, read)
    assert [one.path for one in look.held] == ["key"]
    worker = Worker(settings, around)
    read.clear()
    judged = await worker._memory.guard.judge(settings.path, LOOK)
    assert read == [b"key"]  # only the worker knows whether it was approved
    assert [change.path for change in judged.changes] == [b"a"]


async def test_what_changed_or_is_judged_by_other_rules_is_read_again(
    around: Surroundings, settings: RepositorySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch)
    await looked_at(settings, around, read)
    (settings.path / "a").write_text("another\n")
    read.clear()
    await Worker(settings, around)._memory.guard.judge(settings.path, LOOK)
    assert b"a" in read
    await looked_at(settings, around, read)
    read.clear()
    other = replace(settings, max_file_size=1_000_000)
    await Worker(other, around)._memory.guard.judge(settings.path, LOOK)
    assert b"a" in read
    around.judged.drop(settings)
    read.clear()
    await Worker(settings, around)._memory.guard.judge(settings.path, LOOK)
    assert b"a" in read
