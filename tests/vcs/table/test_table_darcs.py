"""Where Darcs is unlike other tools: it notes what came in before it writes the files, its push
merges, and it waits for ever for a lock that a killed darcs left."""

import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from autosyncd.core.plan import Relation
from autosyncd.errors import AutosyncError, RejectedError, RemoteNeedsUserError, RetryError
from autosyncd.vcs.base import ChangeKind
from autosyncd.vcs.table.locks import STALE_AFTER, free
from autosyncd.vcs.table.workplace import NAME
from tests.vcs.contract.conftest import FIRST, Pair
from tests.vcs.contract.copies import Copy, close_opened, message, open_copy
from tests.vcs.contract.table_subjects import ENVIRONMENT, DarcsSubject, do

DARCS = DarcsSubject()
REAL = shutil.which("darcs") or "darcs"
LOCKS = ("_darcs/lock",)

pytestmark = pytest.mark.skipif(
    shutil.which("darcs") is None and os.environ.get("CI") != "true", reason="no darcs here"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clones of a shared repository, to be copied."""
    world = tmp_path_factory.mktemp("darcs")
    (world / "server").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(world))
        address = DARCS.share(world / "server", FIRST)
        for name in ("mine", "theirs"):
            DARCS.check_out(address, world / name)
    return world


@pytest.fixture
async def pair(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    """Their `darcs` is a script that a test may put in its place."""
    shutil.copytree(made, tmp_path, symlinks=True, dirs_exist_ok=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(programs))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    copies = [await open_copy(DARCS, tmp_path / name) for name in ("mine", "theirs")]
    yield Pair(str(tmp_path / "server" / "shared"), *copies)
    await close_opened()
    assert not list(tmp_path.glob(f"*/_darcs/{NAME}"))


def instead(folder: Path, script: str) -> None:
    """Have this run in place of darcs; `$REAL` is the real one."""
    program = folder / "programs" / "darcs"
    program.write_text(f"#!/bin/sh\nREAL={REAL}\n{script}\n")
    program.chmod(0o755)


def normal(folder: Path) -> None:
    (folder / "programs" / "darcs").unlink()


async def test_names_that_darcs_can_not_keep_are_held_and_stop_no_other(pair: Pair) -> None:
    refused = {b"line\nbreak": b"r\n", b"n" * 254: b"r\n"}
    kept = {
        b"back\\slash": b"1\n",
        b"latin-\xe9": b"2\n",
        "\N{PARTY POPPER} ü".encode(): b"3\n",
        b"-dash +1": b"4\n",
        b"a -> ./b": b"5\n",
        b"tab\t": b"6\n",
        b"m" * 253: b"7\n",
    }
    pair.mine.write({**refused, **kept})
    pair.mine.path(b"link").symlink_to("/etc/hostname")
    pair.mine.path(b"elsewhere").symlink_to(pair.theirs.root)
    DARCS.ignore(pair.mine.root, "ignored")
    pair.mine.path(b"ignored").mkdir()
    pair.mine.path(b"ignored/link").symlink_to("/etc/hostname")
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == {**FIRST, **kept}
    look = await pair.mine.settled()
    assert not look.changes
    held = {left.path: left.why for left in look.left_out}
    assert held.keys() == refused.keys() | {b"link", b"elsewhere"}
    assert all("longer" in why or "line break" in why or "link" in why for why in held.values())


async def test_a_change_of_the_same_size_within_a_second_is_seen(pair: Pair) -> None:
    pair.mine.edit_unseen(b"a.txt")
    look = await pair.mine.settled()
    assert [(c.path, c.kind) for c in look.changes] == [(b"a.txt", ChangeKind.MODIFIED)]


async def test_a_file_stays_executable_here_when_a_change_of_it_comes_in(pair: Pair) -> None:
    pair.mine.path(b"a.txt").chmod(0o755)
    assert not (await pair.mine.settled()).changes
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    await pair.mine.sync()
    assert pair.mine.files()[b"a.txt"] == b"theirs\n"
    assert os.access(pair.mine.path(b"a.txt"), os.X_OK)


async def test_both_versions_are_kept_of_a_file_that_darcs_would_not_add(pair: Pair) -> None:
    pair.mine.write({b"lib.o": b"common\n"})
    for words in (("add", "-q", "--boring", "lib.o"), ("record", "-qam", "x"), ("push", "-qa")):
        do(pair.mine.root, "darcs", *words)
    await pair.agree()
    pair.mine.write({b"lib.o": b"mine\n"})
    pair.theirs.write({b"lib.o": b"theirs\n"})
    await pair.mine.sync()
    await pair.agree()
    files = pair.mine.files()
    assert {files[p] for p in files if p.startswith(b"lib")} == {b"mine\n", b"theirs\n"}


async def test_without_an_author_commits_are_the_users(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DARCS_EMAIL")
    monkeypatch.delenv("EMAIL", raising=False)
    monkeypatch.setenv("USER", "somebody")
    mine = await open_copy(DARCS, pair.mine.root)
    mine.write({b"new": b"n\n"})
    assert await mine.commit()
    shown = subprocess.run(
        [REAL, "log", "--last", "1"], cwd=mine.root, capture_output=True, check=True
    )
    assert b"Author: somebody@" in shown.stdout
    assert b"Autosync-Id: " in shown.stdout


async def test_a_push_at_the_same_moment_is_merged_afterwards(pair: Pair, tmp_path: Path) -> None:
    """Both asked before either pushed; darcs itself would take what does not conflict."""
    pair.mine.write({b"a.txt": b"mine\n"})
    pair.theirs.write({b"a.txt": b"theirs\n"})
    for copy in (pair.mine, pair.theirs):
        await copy.repository.fetch()
        await copy.commit()
    instead(
        tmp_path,
        f'case "$*" in "push -a --no-set-default "*)\n'
        f'(cd "{pair.theirs.root}" && "$REAL" push -q -a >/dev/null 2>&1);; esac\n'
        'exec "$REAL" "$@"',
    )
    head = (await pair.mine.repository.inspect()).head
    assert head
    with pytest.raises(RejectedError):
        await pair.mine.repository.push(head)
    normal(tmp_path)
    await pair.agree()
    files = pair.mine.files()
    assert {files[p] for p in files if p.startswith(b"a.")} == {b"mine\n", b"theirs\n"}


async def test_changes_by_hand_in_the_shared_repository_are_not_overwritten(pair: Pair) -> None:
    shared = Path(pair.address) / "a.txt"
    shared.write_bytes(b"not recorded\n")
    pair.mine.write({b"a.txt": b"mine\n"})
    await pair.mine.commit()
    head = (await pair.mine.repository.inspect()).head
    assert head
    with pytest.raises(RemoteNeedsUserError, match="conflicts"):
        await pair.mine.repository.push(head)
    assert shared.read_bytes() == b"not recorded\n"
    shared.write_bytes(FIRST[b"a.txt"])
    await pair.agree()
    assert pair.theirs.files()[b"a.txt"] == b"mine\n"


async def test_conflicts_and_rebases_that_the_user_has_begun_are_left_alone(pair: Pair) -> None:
    pair.mine.write({b"a.txt": b"mine\n"})
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    await pair.mine.commit()
    do(pair.mine.root, "darcs", "pull", "-q", "-a", "--mark-conflicts")
    standing = await pair.mine.repository.inspect()
    assert standing.obstacle is not None
    assert "a.txt" in standing.obstacle
    assert standing.cure == "finish or undo it with darcs"
    pair.mine.write({b"a.txt": b"by hand\n"})
    pair.mine.path(b"a.txt.~0~").unlink()
    do(pair.mine.root, "darcs", "record", "-q", "-a", "-m", "by hand")
    assert (await pair.mine.repository.inspect()).obstacle is None
    await pair.agree()
    assert pair.theirs.files() == {**FIRST, b"a.txt": b"by hand\n"}
    do(pair.mine.root, "darcs", "rebase", "suspend", "-a", "--last", "1")
    suspended = (await pair.mine.repository.inspect()).obstacle
    assert suspended is not None
    assert "rebase-in-progress" in suspended
    do(pair.mine.root, "darcs", "rebase", "unsuspend", "-a")
    assert (await pair.mine.repository.inspect()).obstacle is None


async def test_a_commit_by_hand_between_fetch_and_move_stays_in_the_tree(pair: Pair) -> None:
    pair.theirs.write({b"theirs": b"t\n"})
    await pair.theirs.sync()
    await pair.mine.repository.fetch()
    merge = await pair.mine.repository.merge()
    pair.mine.write({b"by hand": b"h\n"})
    do(pair.mine.root, "darcs", "record", "-q", "-a", "-l", "-m", "by hand")
    assert merge.target
    with pytest.raises(RetryError):
        await pair.mine.repository.move(merge.target)
    await pair.agree()
    assert pair.mine.files() == {**FIRST, b"by hand": b"h\n", b"theirs": b"t\n"}


async def test_an_edit_in_the_moment_of_an_update_is_not_overwritten(
    pair: Pair, tmp_path: Path
) -> None:
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    instead(tmp_path, '[ "$1" = apply ] && echo "in between" >a.txt\nexec "$REAL" "$@"')
    await pair.mine.repository.fetch()
    with pytest.raises(AutosyncError):
        await pair.mine.take_in()
    assert pair.mine.files()[b"a.txt"] == b"in between\n"
    normal(tmp_path)
    await pair.agree()
    files = pair.mine.files()
    assert {files[p] for p in files if p.startswith(b"a.")} == {b"in between\n", b"theirs\n"}


VERBS = ("add", "record", "clone", "obliterate", "pull", "push", "send", "apply")


@pytest.mark.parametrize("verb", VERBS)
async def test_a_killed_darcs_costs_nothing(pair: Pair, tmp_path: Path, verb: str) -> None:
    """Killed in the middle, of both sides' changes to one file and to others."""
    pair.mine.write({b"a.txt": b"mine\n", b"mine/1": b"m\n"})
    pair.theirs.write({b"a.txt": b"theirs\n", b"theirs": b"t\n"})
    await pair.theirs.sync()
    marker = tmp_path / "killed"
    instead(
        tmp_path,
        f'if [ "$1" = {verb} ] && ! [ -e "{marker}" ]; then\n'
        f': >"{marker}"; "$REAL" "$@" & pid=$!\n'
        "sleep 0.0$(($$ % 30)); kill -KILL $pid 2>/dev/null; wait $pid; kill -KILL $$; fi\n"
        'exec "$REAL" "$@"',
    )
    try:
        await pair.mine.sync()
    except AutosyncError:
        assert marker.exists()
    assert marker.exists()
    await pair.agree()
    files = pair.mine.files()
    assert {b"mine\n", b"theirs\n"} <= {files[p] for p in files if p.startswith(b"a.")}
    assert (files[b"mine/1"], files[b"theirs"]) == (b"m\n", b"t\n")
    assert len(files) == len(FIRST) + 3
    assert not [path for path in files if b"<<<<<<<" in files[path]]


async def test_no_file_is_held_since_darcs_was_killed(pair: Pair, tmp_path: Path) -> None:
    pair.mine.write({b"new": b"n\n"})
    look = await pair.mine.settled()
    instead(tmp_path, '[ "$1" = add ] && kill -KILL $$\nexec "$REAL" "$@"')
    with pytest.raises(RetryError, match="add"):
        await pair.mine.repository.commit(look, message)
    normal(tmp_path)
    assert await pair.mine.settled() == look
    assert await pair.mine.commit()


BROKEN_OFF = """
[ "$1" = apply ] || exec "$REAL" "$@"
cp -a old ../old-file; cp a.txt ../old-a; cp -a gone ../old-gone
"$REAL" "$@" || exit
cp ../old-a a.txt; printf the >a.txt-0   # not renamed yet
cp -a ../old-file old; rm new            # not moved yet
: >empty                                 # made, and not filled yet
cp -a ../old-gone gone                   # not removed yet
: >_darcs/lock
kill -KILL $$
"""
"""Leaves what a darcs left that was killed after it had noted what came in (found by killing it at
each of its system calls)."""


BEFORE = {b"a.txt": b"old\n", b"old": b"moved\n", b"gone/1": b"1\n", b"left": b"left\n"}
AFTER = {b"a.txt": b"theirs\n", b"new": b"moved\n", b"empty": b"filled\n", b"left": b"left\n"}
LATER = {**FIRST, **AFTER}


async def dies(*_: object, **__: object) -> None:
    """In place of what a daemon does that lives on."""
    raise RetryError("dead")


async def break_off(pair: Pair, folder: Path) -> None:
    """Break off an update of mine."""
    instead(folder, BROKEN_OFF)
    await pair.mine.repository.fetch()
    with pytest.raises(AutosyncError):
        await pair.mine.take_in()
    normal(folder)


async def something_comes_in(pair: Pair) -> None:
    """Of everything that BROKEN_OFF breaks off."""
    pair.theirs.write(BEFORE)
    await pair.agree()
    pair.theirs.path(b"old").rename(pair.theirs.path(b"new"))
    shutil.rmtree(pair.theirs.path(b"gone"))
    pair.theirs.write({b"a.txt": AFTER[b"a.txt"], b"empty": AFTER[b"empty"]})
    await pair.theirs.sync()


async def test_an_update_that_was_killed_is_finished_and_not_undone(
    pair: Pair, tmp_path: Path
) -> None:
    await something_comes_in(pair)
    await break_off(pair, tmp_path)
    assert pair.mine.files() == LATER
    assert not (await pair.mine.settled()).changes
    await pair.agree()
    assert pair.theirs.files() == LATER


async def test_the_next_daemon_finishes_an_update_and_keeps_what_was_edited_meanwhile(
    pair: Pair, tmp_path: Path
) -> None:
    await something_comes_in(pair)
    with pytest.MonkeyPatch.context() as daemon:
        daemon.setattr("autosyncd.vcs.table.advancing.finish", dies)
        daemon.setattr("autosyncd.vcs.table.tool.free", lambda *_: False)
        await break_off(pair, tmp_path)
    await pair.mine.repository.close()
    pair.mine.write({b"empty": b"edited\n", b"left": b"edited, too\n"})
    lock = pair.mine.root / LOCKS[0]
    long_ago = time.time() - 2 * STALE_AFTER
    os.utime(lock, (long_ago, long_ago))
    again = await open_copy(DARCS, pair.mine.root)
    both = Pair(pair.address, again, pair.theirs)
    await both.agree()
    files = again.files()
    copies = {path for path in files if b".conflict-" in path}
    assert {files.pop(path) for path in copies} == {b"edited\n"}
    assert files == {**LATER, b"left": b"edited, too\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A place with a lock that is old."""
    (tmp_path / "_darcs").mkdir()
    lock = tmp_path / LOCKS[0]
    lock.touch()
    os.utime(lock, (1_000_000_000, 1_000_000_000))
    return tmp_path


def test_a_lock_is_moved_only_when_it_is_old_and_nobody_is_at_work(repository: Path) -> None:
    program = repository / "darcs-in-test"
    program.write_text("#!/bin/sh\necho ready\nread line\n")
    program.chmod(0o755)
    pipe = subprocess.PIPE
    with subprocess.Popen([program], cwd=repository, stdin=pipe, stdout=pipe) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"ready\n"
        assert not free(repository, LOCKS, program.name, STALE_AFTER)
    assert free(repository, LOCKS, program.name, STALE_AFTER)
    assert [path.name for path in (repository / "_darcs").iterdir()] == []
    (repository / LOCKS[0]).touch()
    assert not free(repository, LOCKS, program.name, STALE_AFTER)
    assert free(repository, LOCKS, program.name, 0.0)


async def test_a_remote_that_is_ahead_is_told_though_nothing_is_to_be_pushed(pair: Pair) -> None:
    pair.theirs.write({b"theirs": b"t\n"})
    await pair.theirs.sync()
    await pair.mine.repository.fetch()
    standing = await pair.mine.repository.inspect()
    assert (standing.relation, standing.ahead, standing.behind) == (Relation.BEHIND, 0, 1)


def sources(copy: Copy) -> str:
    return (copy.root / "_darcs/prefs/repos").read_text()


async def test_the_users_settings_do_not_fill_up_with_places_of_copies(pair: Pair) -> None:
    before = sources(pair.mine)
    pair.theirs.write({b"a.txt": b"theirs\n"})
    pair.mine.write({b"a.txt": b"mine\n"})
    await pair.agree()
    assert NAME not in sources(pair.mine)
    assert len(sources(pair.mine).splitlines()) <= len(before.splitlines()) + 1
