"""Of which files that never rest a copy is taken."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from autosyncd.config.model import RepositorySettings
from autosyncd.vcs.base import Look, Repository
from autosyncd.worker.guard import Guard
from autosyncd.worker.hints import LIMIT, Hinted, Hints
from autosyncd.worker.steady import Steady


async def test_what_never_rests_is_copied_also_where_it_was_overtaken(tmp_path: Path) -> None:
    """What can't be copied is told."""
    (tmp_path / "log").write_text("x")
    (tmp_path / "other").mkdir()
    settings = RepositorySettings(path=tmp_path, name="docs")
    repository = SimpleNamespace(root=tmp_path, copies_in=tmp_path / "copies")
    guard = Guard(settings, frozenset(), None)
    steady = Steady(cast("Repository", repository), guard, 10.0)
    hinted = Hinted(None, {b"log": 0.0, b"other": 0.0})
    look = Look(unstable=(b"log", b"other"), overtaken=frozenset({b"log"}))
    copied = await steady.copied(look, hinted, 20.0)
    assert [change.path for change in copied.changes] == [b"log"]
    assert copied.copies.keys() == {b"log"}
    assert [left.path for left in steady.looked(hinted, look.unstable, 20.0)] == [b"other"]
    await steady.drop()
    assert not (tmp_path / "copies").exists()


def test_what_was_looked_at_beside_is_no_older_after_a_failure() -> None:
    hints = Hints()
    hints.add([b"a"], 5.0)
    taken = hints.take()
    assert taken.paths is not None
    hints.add([b"a", b"b"], 7.0)
    hints.give_back(replace(taken, paths=taken.paths | {b"held"}))
    again = hints.take()
    assert (again.first(b"a"), again.first(b"b"), again.first(b"held")) == (5.0, 7.0, None)
    hints.add([b"held"], 9.0)
    assert hints.take().first(b"held") == 9.0


def test_too_many_that_are_given_back_are_everything() -> None:
    hints = Hints()
    hints.add((b"%d" % number for number in range(LIMIT)), 1.0)
    taken = hints.take()
    hints.add([b"more"], 2.0)
    hints.give_back(taken)
    assert hints.take().paths is None
    hints.give_back(Hinted(None))
    assert hints
    assert hints.take().paths is None
