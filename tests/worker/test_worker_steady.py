"""Of which files that never rest a copy is taken."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from autosyncd.config.model import RepositorySettings
from autosyncd.vcs.base import Look, Repository
from autosyncd.worker.guard import Guard
from autosyncd.worker.hints import Hinted
from autosyncd.worker.steady import Steady


async def test_what_was_overtaken_waits_and_people_are_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x")
    (tmp_path / "other").write_text("x")
    settings = RepositorySettings(path=tmp_path, name="docs")
    repository = SimpleNamespace(root=tmp_path, copies_in=tmp_path / "copies")
    guard = Guard(settings, frozenset(), None)
    steady = Steady(cast("Repository", repository), guard, 10.0)
    hinted = Hinted(None, {b"log": 0.0, b"other": 0.0})
    look = Look(unstable=(b"log", b"other"), overtaken=frozenset({b"log"}))
    copied = await steady.copied(look, hinted, 20.0)
    assert [change.path for change in copied.changes] == [b"other"]
    assert copied.copies.keys() == {b"other"}
    assert [left.path for left in steady.looked(hinted, look.unstable, 20.0)] == [b"log"]
    await steady.drop()
    assert not (tmp_path / "copies").exists()
