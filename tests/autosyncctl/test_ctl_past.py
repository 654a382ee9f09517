"""What `conflicts`, `history` and `restore` ask for and print."""

import json
import time
from pathlib import Path

import msgspec
import pytest

from autosyncctl.words import clock
from autosyncd.api.types import (
    CompareResult,
    ConflictCopyFound,
    ConflictsResult,
    Difference,
    HistoryResult,
    KeptVersion,
    PastCommit,
    SettledConflict,
    SettleResult,
)
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
    file = "'/home/me/docs/my notes.txt'"
    assert run("conflicts").out.splitlines() == [
        "docs: my notes.txt",
        f"  the other version is from desktop, {CLOCK}, commit 1a2b3c4",
        "  it is in my notes.conflict-01234567.txt",
        f"  autosyncctl conflicts --diff {file}",
        f"  autosyncctl conflicts --keep this {file}",
        "  or --keep other, or --keep both",
        "notes can't be read now, see its status",
    ]
    second = msgspec.structs.replace(COPY, copy="my notes.conflict-89abcdef.txt")
    daemon.served.copies = ConflictsResult(conflicts=(COPY, second))
    out = run("conflicts").out
    assert "--diff '/home/me/docs/my notes.conflict-01234567.txt'\n" in out
    assert "--keep this '/home/me/docs/my notes.conflict-89abcdef.txt'\n" in out


def test_conflicts_of_a_file_are_its_own(daemon: FakeDaemon, run: Run) -> None:
    another = msgspec.structs.replace(COPY, path="other.txt", copy="other.conflict-01234567.txt")
    daemon.served.copies = ConflictsResult(conflicts=(COPY, another))
    assert run("conflicts", "docs").out.count("docs: ") == 2
    for name in ("other.txt", "other.conflict-01234567.txt"):
        out = run("conflicts", f"/home/me/docs/{name}").out
        assert out.startswith("docs: other.txt\n")
        assert "my notes" not in out


def test_a_conflict_without_original_says_so(daemon: FakeDaemon, run: Run) -> None:
    gone = msgspec.structs.replace(
        COPY, original_exists=False, host=None, commit=None, time=None, path="a", copy="b"
    )
    daemon.served.copies = ConflictsResult(conflicts=(gone,))
    out = run("conflicts", "docs").out
    assert "  there is no a any more: that version is `this`\n" in out
    assert "the other version is of unknown origin\n" in out


def test_versions_are_compared_line_by_line(daemon: FakeDaemon, run: Run) -> None:
    diff = (
        "diff --git a/x b/y\nindex 1..2\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-\tmine\n+theirs\x1b[2J\n"
    )
    daemon.served.copies = ConflictsResult(conflicts=(COPY,))
    found = Difference(repository="docs", path=COPY.path, copy=COPY.copy, diff=diff, more=True)
    daemon.served.compared = CompareResult(differences=(found,))
    assert run("conflicts", "--diff", "docs").out.splitlines() == [
        "my notes.txt: - this version, + the other",
        "@@ -1 +1 @@",
        "-       mine",
        "+theirs\\x1b[2J",
        "and more",
    ]
    assert ("compare", f"/home/me/docs/{COPY.copy}") in daemon.served.asked
    document = json.loads(run("conflicts", "--diff", "--json").out)
    assert document["differences"][0]["diff"] == diff
    daemon.served.copies = ConflictsResult(conflicts=())
    assert run("conflicts", "--diff").out == "no conflict copies\n"


@pytest.mark.parametrize(
    ("keep", "now", "said"),
    [
        ("this", None, "stays as it is; the other version stays in the history"),
        ("other", "my notes.txt", "has the other version now; the one before stays in the history"),
        ("both", "my notes.from-x.txt", "stays as it is; the other version is my notes.from-x.txt"),
    ],
)
def test_a_settled_conflict_says_what_became_of_both_versions(
    daemon: FakeDaemon, run: Run, keep: str, now: str | None, said: str
) -> None:
    one = SettledConflict(
        repository="docs", path=COPY.path, copy=COPY.copy, now=now, kept=("f" * 40,)
    )
    daemon.served.settled = SettleResult(settled=(one,))
    done = run("conflicts", "--keep", keep, "/home/me/docs/my notes.txt")
    assert ("settle", "/home/me/docs/my notes.txt", keep) in daemon.served.asked
    assert done.out.startswith(f"docs: my notes.txt {said}")
    assert "git show fffffff\n" in done.out


def test_keep_needs_files_and_one_of_three_words(daemon: FakeDaemon, run: Run) -> None:
    assert run("conflicts", "--keep", "this").code == 2
    assert run("conflicts", "--keep", "mine", "/home/me/docs/a").code == 2
    assert run("conflicts", "--keep", "this", "--diff", "/home/me/docs/a").code == 2
    assert run("conflicts", "--keep", "this", "/nowhere/a").code == 4
    assert [one[0] for one in daemon.served.asked] == ["settle"]


def test_a_conflict_settled_by_content_and_none_at_all(daemon: FakeDaemon, run: Run) -> None:
    assert run("conflicts").out == "no conflict copies\n"
    same = msgspec.structs.replace(COPY, differs=False)
    daemon.served.copies = ConflictsResult(conflicts=(same,))
    assert "the two are the same by now\n" in run("conflicts").out
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
    assert said.endswith("autosyncctl restore --at ffffffffffff '/home/me/docs/a b'`")


def test_restore_of_a_folder_says_how_many_and_what_was_kept(daemon: FakeDaemon, run: Run) -> None:
    kept = (KeptVersion(file="/home/me/docs/sub/a b", commit="f" * 40),)
    daemon.served.restored = msgspec.structs.replace(
        daemon.served.restored, files=3, kept_files=kept
    )
    first, second = run("restore", "/home/me/docs/sub", "--at", "HEAD").out.splitlines()
    assert first == "restored 3 files of /home/me/docs/sub from 1a2b3c4"
    assert second.endswith("`autosyncctl restore --at ffffffffffff '/home/me/docs/sub/a b'`")


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
