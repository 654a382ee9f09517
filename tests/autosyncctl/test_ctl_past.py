"""What `conflicts`, `history` and `restore` ask for and print."""

import json
import time
from pathlib import Path

import msgspec
import pytest

from autosyncctl.words import clock
from autosyncd.api.types import ConflictCopyFound, ConflictsResult, HistoryResult, PastCommit
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon

THEN = time.mktime((2025, 12, 31, 14, 5, 9, 0, 0, -1))
CLOCK = "2025-12-31 14:05:09"
COMMIT = PastCommit(
    id="1a2b3c4" + "0" * 33, time=THEN, subject="update a", host="laptop", paths=("a", "b")
)
COPY = ConflictCopyFound(
    repository="docs",
    root="/home/me/docs",
    path="my notes.txt",
    copy="my notes.conflict-01234567.txt",
    time=THEN,
    host="desktop",
    commit="1a2b3c4" + "0" * 33,
    subject="update",
    original_exists=True,
    differs=True,
)


def test_history_of_a_repository(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.past = HistoryResult(commits=(COMMIT,))
    done = run("history", "docs", "-n", "3")
    assert done.out == f"1a2b3c4  {CLOCK}  update a (laptop)\n         a\n         b\n"
    assert ("history", "docs", None, 3) in daemon.served.asked
    run("history", "/home/me/notes/")
    assert ("history", "notes", None, 20) in daemon.served.asked


def test_history_of_a_file_asks_by_its_absolute_path(
    daemon: FakeDaemon, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.do(lambda: daemon.served.set("docs", path=str(tmp_path)))
    monkeypatch.chdir(tmp_path)
    assert run("history", "gone.txt").out == "no commits yet\n"
    assert ("history", None, str(tmp_path / "gone.txt"), 20) in daemon.served.asked


def test_many_paths_are_counted_and_odd_ones_escaped(daemon: FakeDaemon, run: Run) -> None:
    paths = ("\x1b[31m", *(f"p{n}" for n in range(9)))
    many = msgspec.structs.replace(COMMIT, paths=paths, more=5, host=None)
    daemon.served.past = HistoryResult(commits=(many,))
    lines = run("history", "docs").out.splitlines()
    assert (lines[0].endswith("update a"), lines[1]) == (True, "         \\x1b[31m")
    assert lines[-1] == "         and 10 more"


def test_conflicts_tell_whose_and_the_commands_to_settle(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.copies = ConflictsResult(conflicts=(COPY,), unknown=("notes",))
    original, copy = (f"'/home/me/docs/{name}'" for name in (COPY.path, COPY.copy))
    assert run("conflicts").out.splitlines() == [
        "docs: my notes.txt",
        f"  the other version is from desktop, {CLOCK}, commit 1a2b3c4",
        f"  diff {original} {copy}",
        f"  rm {copy}",
        "to settle one: take over what you need, then delete the copy",
        "notes can't be read now, see its status",
    ]


def test_a_conflict_without_original_says_how_to_take_the_copy(
    daemon: FakeDaemon, run: Run
) -> None:
    gone = msgspec.structs.replace(
        COPY, original_exists=False, host=None, commit=None, time=None, path="a", copy="b"
    )
    daemon.served.copies = ConflictsResult(conflicts=(gone,))
    out = run("conflicts", "docs").out
    assert "mv /home/me/docs/b /home/me/docs/a" in out
    assert "the other version is of unknown origin\n" in out


def test_a_conflict_settled_by_content_and_none_at_all(daemon: FakeDaemon, run: Run) -> None:
    assert run("conflicts").out == "no conflict copies\n"
    same = msgspec.structs.replace(COPY, differs=False)
    daemon.served.copies = ConflictsResult(conflicts=(same,))
    assert "it is the same by now\n" in run("conflicts").out
    assert json.loads(run("conflicts", "--json").out)["conflicts"][0]["differs"] is False


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1a2b3c4", "1a2b3c4"),
        ("1764000000", "1764000000"),
        ("HEAD~3", "HEAD~3"),
        ("2025-12-31 14:05:09", THEN),
        ("1764000000.5", 1764000000.5),
    ],
)
def test_restore_asks_for_a_revision_or_a_moment(
    daemon: FakeDaemon, run: Run, text: str, at: object
) -> None:
    done = run("restore", "/home/me/docs/a", "--at", text)
    when = "" if isinstance(at, str) else f", as it was at {clock(float(str(at)), time.time())}"
    assert (done.code, done.out) == (0, f"restored /home/me/docs/a from 1a2b3c4{when}\n")
    assert daemon.served.asked == [("restore", "/home/me/docs/a", at, None)]


def test_restore_counts_back_from_now(daemon: FakeDaemon, run: Run) -> None:
    run("restore", "/home/me/docs/a", "--at", "2h")
    ((_, _, at, _),) = daemon.served.asked
    assert isinstance(at, float)
    assert 7200 <= time.time() - at < 7260


@pytest.mark.parametrize("words", ["last wek", "yesterday 10", "10/11/2026", "next friday"])
def test_restore_refuses_words_that_are_no_moment_with_examples(run: Run, words: str) -> None:
    done = run("restore", "/home/me/docs/a", "--at", words)
    if " " in words:
        assert done.code == 2
        assert "'yesterday 10:00'" in done.complaint


def test_restore_tells_where_the_version_before_is(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.restored = msgspec.structs.replace(daemon.served.restored, kept="f" * 40)
    said = run("restore", "/home/me/docs/a b", "--at", "HEAD").out.splitlines()[1]
    assert said.endswith("autosyncctl restore --at ffffffffffff '/home/me/docs/a b'")


def test_restore_to_another_file_names_it_absolutely(
    daemon: FakeDaemon, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("restore", "/home/me/docs/a", "--at", "HEAD", "--output", "old")
    assert done.out == f"restored {tmp_path / 'old'} from 1a2b3c4\n"


def test_restore_outside_of_any_repository_is_exit_code_4(daemon: FakeDaemon, run: Run) -> None:
    assert run("restore", "/nowhere", "--at", "HEAD").code == 4
    assert run("history", "/nowhere").code == 4
    assert run("restore", "/nowhere").code == 2
