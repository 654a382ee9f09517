"""What `held` and `approve` ask for, print, and return."""

import json
from pathlib import Path

import msgspec
import pytest

from autosyncd.api.types import HeldPath, HeldResult
from autosyncd.errors import RepositoryFailedError
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon

LARGE = HeldPath(
    repository="docs", path="a/film.mkv", why="it has 2 GB", hint="ignore it", approvable=True
)
PIPE = HeldPath(repository="notes", path="pipe\x1b", why="it is a pipe", hint="ignore it")


def test_held_shows_a_table_and_what_to_do(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.left_out = HeldResult(held=(LARGE, PIPE))
    done = run("held")
    assert done.code == 0
    assert done.out.splitlines() == [
        "REPO   PATH        WHY",
        "docs   a/film.mkv  it has 2 GB",
        "notes  pipe\\x1b    it is a pipe",
        "",
        "a/film.mkv: ignore it",
        "pipe\\x1b: ignore it (it can't be approved)",
    ]


def test_held_passes_the_repositories_on_and_prints_json(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.left_out = HeldResult(held=(LARGE,))
    assert json.loads(run("held", "docs", "--json").out) == {
        "held": [
            {
                "repository": "docs",
                "path": "a/film.mkv",
                "why": "it has 2 GB",
                "hint": "ignore it",
                "approvable": True,
                "reason": None,
            }
        ]
    }
    assert ("held", ("docs",)) in daemon.served.asked
    assert run("held", "nope").code == 4


def test_nothing_held_is_said(daemon: FakeDaemon, run: Run) -> None:
    assert run("held").out == "nothing is held\n"


def test_approve_says_what_it_let_through(daemon: FakeDaemon, run: Run) -> None:
    done = run("approve", "docs", "a/film.mkv")
    assert (done.code, done.out) == (0, "docs: let 1 path through\n  a/film.mkv\n")
    assert ("approve", "docs", ("a/film.mkv",)) in daemon.served.asked
    assert json.loads(run("approve", "/home/me/docs/sub", "--json").out) == {"approved": ["a", "b"]}
    assert ("approve", "docs", ()) in daemon.served.asked


def test_a_long_list_of_what_was_let_through_is_cut(daemon: FakeDaemon, run: Run) -> None:
    lines = run("approve", "docs", *map(str, range(12))).out.splitlines()
    assert lines[0] == "docs: let 12 paths through"
    assert lines[-1] == "  and 2 more"


def test_paths_are_relative_to_the_current_folder_only_inside_the_repository(
    daemon: FakeDaemon, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = tmp_path / "docs" / "sub", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
        (folder / "film").write_text("x")
    docs = daemon.served.repositories["docs"]
    at = msgspec.structs.replace(docs, path=str(tmp_path / "docs"))
    daemon.do(lambda: daemon.served.repositories.update(docs=at))
    monkeypatch.chdir(inside)
    run("approve", "docs", "film", "sub/film", "../sub/film")
    film = str(inside / "film")
    asked = daemon.served.asked
    assert asked[-1] == ("approve", "docs", (film, "sub/film", film))
    monkeypatch.chdir(outside)
    run("approve", "docs", "film", film)
    assert ("approve", "docs", ("film", film)) in asked


def test_nothing_to_approve_is_exit_code_1(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.trouble["approve"] = RepositoryFailedError("nothing", hint="see held")
    done = run("approve", "docs")
    assert (done.code, done.out) == (1, "")
    assert done.complaint == "autosyncctl: cannot approve: nothing; see held"
    assert run("approve").code == 2


def test_a_path_that_is_no_utf8_arrives_as_it_is(daemon: FakeDaemon, run: Run) -> None:
    run("approve", "docs", "/home/me/docs/caf\udce9")
    assert daemon.served.asked[-1] == ("approve", "docs", ("/home/me/docs/caf\udce9",))
