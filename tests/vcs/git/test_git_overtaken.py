"""What comes in passes by a version that is held; both are kept, whatever happens in between."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError, RetryError
from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.git import index_memory, tree_update
from autosyncd.vcs.git.clean import on_disk_ids
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.overtaken import OvertakenPaths
from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.git.tree_update import TreeUpdate
from tests.extent import spread
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit,
    commit_by_hand,
    content,
    git,
    head,
    must_commit,
    opened,
    saying,
    status,
    write,
)

ROOT = Path(__file__).parents[3]
OLD = [f"line {number}" for number in range(12)]


def text(**at: str) -> str:
    """The old lines with some replaced: `n3="…"` is the fourth."""
    return "".join(f"{at.get(f'n{number}', line)}\n" for number, line in enumerate(OLD))


MINE, THEIRS, BOTH = text(n1="mine"), text(n9="theirs"), text(n1="mine", n9="theirs")


async def prepared(trio: Trio, mine: str = MINE) -> GitRepository:
    """Both have `a` with the old lines, `mine` is on disk here, and theirs has been fetched."""
    commit_by_hand(trio.theirs, a=text())
    git(trio.theirs, "push", "-q", "origin", "HEAD")
    git(trio.mine, "pull", "-q", "--ff-only")
    write(trio.mine, a=mine)
    push(trio, a=THEIRS)
    repository = await opened(trio.mine)
    await repository.fetch()
    return repository


def push(trio: Trio, **files: str) -> None:
    commit_by_hand(trio.theirs, **files)
    git(trio.theirs, "push", "-q", "origin", "HEAD")


def push_also(trio: Trio, **files: str) -> None:
    """Another machine pushes on top of what we have, which has been pushed before."""
    git(trio.mine, "push", "-q", "origin", "HEAD")
    git(trio.theirs, "pull", "-q", "--ff-only")
    push(trio, **files)


async def take_in(repository: GitRepository) -> None:
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)


async def passed_by(trio: Trio, mine: str = MINE) -> GitRepository:
    """The same, and theirs has passed by."""
    repository = await prepared(trio, mine)
    repository._update._obstacles.passed_by.add(b"a")
    await take_in(repository)
    assert (trio.mine / "a").read_text() == mine
    assert content(trio.mine, "a") == THEIRS.encode()
    assert head(trio.mine) == head(trio.theirs)
    assert status(trio.mine) == " M a"
    return repository


def copies(folder: Path) -> list[str]:
    return [file.read_text() for file in folder.glob("*.conflict-*")]


def versions(folder: Path) -> set[str]:
    """All contents of `a` in the history."""
    commits = git(folder, "rev-list", "HEAD").decode().split()
    return {content(folder, "a", one).decode() for one in commits}


async def test_both_edits_are_merged_also_after_a_restart_and_further_versions(trio: Trio) -> None:
    await passed_by(trio)
    push(trio, a=text(n9="theirs", n10="later"), c="new\n")
    repository = await opened(trio.mine)
    await take_in(repository)
    assert (trio.mine / "a").read_text() == MINE
    assert (trio.mine / "c").read_text() == "new\n"
    await must_commit(repository)
    both = text(n1="mine", n9="theirs", n10="later")
    assert (trio.mine / "a").read_text() == both == content(trio.mine, "a").decode()
    assert versions(trio.mine) >= {MINE, THEIRS}
    assert status(trio.mine) == ""
    assert repository._overtaken.known == {}
    write(trio.mine, a=THEIRS)
    await must_commit(repository)
    assert content(trio.mine, "a") == THEIRS.encode()
    assert not copies(trio.mine)


async def test_the_same_lines_become_a_conflict_copy(trio: Trio) -> None:
    mine = text(n9="mine")
    repository = await passed_by(trio, mine)
    made = await must_commit(repository)
    assert {(trio.mine / "a").read_text(), *copies(trio.mine)} == {mine, THEIRS}
    assert [one.path for one in made.settled] == [b"a"]
    assert status(trio.mine) == ""


async def test_who_goes_back_to_the_old_version_gets_what_came_in(trio: Trio) -> None:
    repository = await passed_by(trio)
    write(trio.mine, a=text())
    assert await commit(repository) is None
    assert (trio.mine / "a").read_text() == THEIRS
    assert head(trio.mine) == head(trio.theirs)
    assert status(trio.mine) == ""


@pytest.mark.parametrize("look", [True, False])
async def test_who_takes_what_came_in_begins_from_there(trio: Trio, look: bool) -> None:
    repository = await passed_by(trio)
    git(trio.mine, "checkout", "-q", "--", "a")
    if look:
        await commit(repository)
        write(trio.mine, a=text(n9="mine, after theirs"))
        await must_commit(repository)
        assert content(trio.mine, "a") == text(n9="mine, after theirs").encode()
    else:
        push(trio, a=text(n9="theirs again"))
        await take_in(repository)
        assert (trio.mine / "a").read_text() == text(n9="theirs again")
    assert not copies(trio.mine)
    assert repository._overtaken.known == {}


async def test_who_commits_it_by_hand_undoes_nothing(trio: Trio) -> None:
    repository = await passed_by(trio)
    git(trio.mine, "commit", "-q", "-a", "-m", "by hand")
    await repository.tidy()
    assert (trio.mine / "a").read_text() == BOTH == content(trio.mine, "a").decode()
    assert status(trio.mine) == ""
    assert repository._overtaken.known == {}


async def test_a_restored_version_is_meant(trio: Trio) -> None:
    repository = await passed_by(trio)
    await repository.restore(b"a", "HEAD~1", None)
    await must_commit(repository)
    assert (trio.mine / "a").read_text() == text() == content(trio.mine, "a").decode()


async def test_a_held_file_outlives_its_deletion_elsewhere(trio: Trio) -> None:
    repository = await prepared(trio)
    (trio.theirs / "a").unlink()
    push(trio, c="c\n")
    repository._update._obstacles.passed_by.add(b"a")
    await take_in(repository)
    assert (trio.mine / "a").read_text() == MINE
    await must_commit(repository)
    assert content(trio.mine, "a") == MINE.encode()
    assert status(trio.mine) == ""


async def test_a_file_deleted_here_comes_back_with_what_came_in(trio: Trio) -> None:
    repository = await passed_by(trio)
    (trio.mine / "a").unlink()
    await commit(repository)
    assert (trio.mine / "a").read_text() == THEIRS
    assert status(trio.mine) == ""


async def test_without_the_history_it_was_made_from_both_versions_are_kept(trio: Trio) -> None:
    repository = await passed_by(trio)
    tree = git(trio.mine, "rev-parse", "HEAD^{tree}").decode().strip()
    new = git(trio.mine, "commit-tree", tree, "-m", "begun anew").decode().strip()
    git(trio.mine, "update-ref", "refs/heads/main", new)
    await must_commit(repository)
    assert (trio.mine / "a").read_text() == MINE
    assert copies(trio.mine) == [THEIRS]
    assert git(trio.mine, "rev-list", "HEAD").decode().split()[-1] == new
    assert status(trio.mine) == ""


def copied(folder: Path, copy: str) -> Look:
    """A look at `a` that found it changing, with a copy of what it was at one moment."""
    file = folder / ".git" / "autosync" / "copy"
    file.write_text(copy)
    change = Change(b"a", ChangeKind.MODIFIED)
    return Look((change,), unstable=(b"a",), copies={b"a": file})


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_never_rests_is_joined_by_copies_and_stays_on_disk(
    trio: Trio, restarted: bool
) -> None:
    repository = await passed_by(trio)
    for number in range(2):
        mine, disk = text(n1=f"mine {number}"), text(n1="mine 1", n5="later")
        write(trio.mine, a=disk)
        await repository.commit(copied(trio.mine, mine), saying("by a copy"))
        assert content(trio.mine, "a").decode() == text(n1=f"mine {number}", n9="theirs")
        assert (trio.mine / "a").read_text() == disk
        assert not copies(trio.mine)
        if restarted:
            repository = await opened(trio.mine)
    push_also(trio, b="theirs\n")
    await take_in(repository)
    await must_commit(repository, b"a")
    whole = text(n1="mine 1", n5="later", n9="theirs")
    assert content(trio.mine, "a").decode() == (trio.mine / "a").read_text() == whole
    assert versions(trio.mine) >= {text(n1="mine 0"), text(n1="mine 1"), disk, THEIRS}
    assert not copies(trio.mine)
    assert repository._overtaken.known == {}
    assert status(trio.mine) == ""


async def test_a_copy_with_the_same_lines_as_theirs_goes_beside(trio: Trio) -> None:
    repository = await passed_by(trio, text(n9="mine"))
    write(trio.mine, a=text(n9="mine", n2="later"))
    made = await repository.commit(copied(trio.mine, text(n9="mine")), saying("by a copy"))
    assert made
    assert [one.path for one in made.settled] == [b"a"]
    assert {content(trio.mine, "a").decode(), *copies(trio.mine)} == {text(n9="mine"), THEIRS}
    assert (trio.mine / "a").read_text() == text(n9="mine", n2="later")
    await must_commit(repository, b"a")
    assert content(trio.mine, "a").decode() == text(n9="mine", n2="later")
    assert status(trio.mine) == ""


async def test_what_is_written_on_and_on_keeps_its_name_also_where_the_other_is_newer(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other machine's clock is ahead: each copy would be a conflict again."""
    with monkeypatch.context() as ahead:
        ahead.setenv("GIT_COMMITTER_DATE", "2099-01-01T00:00:00Z")
        await passed_by(trio, text(n9="mine"))
    repository = await opened(trio.mine)
    for number in range(3):
        mine, disk = text(n9=f"mine {number}"), text(n9=f"mine {number}", n2="later")
        write(trio.mine, a=disk)
        made = await repository.commit(copied(trio.mine, mine), saying("by a copy"))
        assert made
        assert content(trio.mine, "a").decode() == mine
        assert (trio.mine / "a").read_text() == disk
        assert copies(trio.mine) == [THEIRS]
        told = [b"a.conflict"] if number == 0 else []
        assert [one.copy and one.copy.partition(b"-")[0] for one in made.settled] == told
        assert all((trio.mine / (one.copy or b"").decode()).is_file() for one in made.settled)
    await must_commit(repository, b"a")
    assert content(trio.mine, "a").decode() == disk
    assert status(trio.mine) == ""


async def test_while_no_branch_is_checked_out_nothing_is_forgotten(trio: Trio) -> None:
    repository = await passed_by(trio)
    known = dict(repository._overtaken.known)
    git(trio.mine, "checkout", "-q", "--detach")
    look = Look((Change(b"a", ChangeKind.MODIFIED),))
    with pytest.raises(RetryError, match="detached"):
        await repository.commit(look, saying("x"))
    assert repository._overtaken.known == known
    git(trio.mine, "checkout", "-q", "main")
    await must_commit(repository, b"a")
    assert content(trio.mine, "a").decode() == BOTH


async def test_on_a_branch_without_commits_the_version_on_disk_is_what_is_committed(
    trio: Trio,
) -> None:
    repository = await passed_by(trio)
    git(trio.mine, "symbolic-ref", "HEAD", "refs/heads/new")
    git(trio.mine, "rm", "-q", "-r", "-f", "--cached", ".")
    for disk in (MINE, text(n1="mine", n5="later")):
        write(trio.mine, a=disk)
        await must_commit(repository)
        assert content(trio.mine, "a").decode() == (trio.mine / "a").read_text() == disk
    assert not copies(trio.mine)
    assert status(trio.mine) == ""


async def test_a_copy_with_nothing_new_needs_no_commit(trio: Trio) -> None:
    repository = await passed_by(trio)
    before = head(trio.mine)
    for nothing_new in (text(), THEIRS):
        assert await repository.commit(copied(trio.mine, nothing_new), saying("x")) is None
        assert head(trio.mine) == before
        assert (trio.mine / "a").read_text() == MINE
    await must_commit(repository, b"a")
    assert content(trio.mine, "a").decode() == (trio.mine / "a").read_text()


@pytest.mark.parametrize("step", ["move", "advance"])
async def test_cut_off_between_the_branch_and_the_record_of_it_nothing_is_lost(
    trio: Trio, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = await passed_by(trio)
    write(trio.mine, a=text(n1="mine", n5="later"))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    target = TreeUpdate if step == "move" else OvertakenPaths
    monkeypatch.setattr(target, step, dies)
    with pytest.raises(KeyboardInterrupt):
        await repository.commit(copied(trio.mine, MINE), saying("by a copy"))
    monkeypatch.undo()
    monkeypatch.setattr(index_memory, "GIT_QUIET", 0.0)
    repository = await opened(trio.mine)
    await must_commit(repository)
    whole = text(n1="mine", n5="later", n9="theirs")
    assert content(trio.mine, "a").decode() == (trio.mine / "a").read_text() == whole
    assert THEIRS in versions(trio.mine)
    assert repository._overtaken.known == {}
    assert status(trio.mine) == ""


async def test_with_stop_the_user_decides_and_the_rest_goes_on(trio: Trio) -> None:
    await passed_by(trio, text(n9="mine"))
    repository = await opened(trio.mine, on_conflict="stop")
    write(trio.mine, c="c\n")
    made = await must_commit(repository)
    assert [change.path for change in made.changes] == [b"c"]
    assert isinstance(made.hindered, NeedsUserError)
    assert "same things: a" in made.hindered.message
    assert content(trio.mine, "c") == b"c\n"
    with pytest.raises(NeedsUserError, match="same things: a"):
        await commit(repository)
    assert (trio.mine / "a").read_text() == text(n9="mine")
    write(trio.mine, a=text(n9="both"))
    git(trio.mine, "commit", "-q", "-a", "-m", "settled")
    await repository.tidy()
    assert repository._overtaken.known == {}


async def test_a_file_held_open_is_committed_in_its_place(trio: Trio) -> None:
    repository = await passed_by(trio)
    with (trio.mine / "a").open("r+"):
        end = time.monotonic() + 60
        while True:
            try:
                await must_commit(repository)
                break
            except RetryError:
                assert time.monotonic() < end
        assert (trio.mine / "a").read_text() == MINE == content(trio.mine, "a").decode()
        assert copies(trio.mine) == [BOTH]


@pytest.mark.parametrize(
    ("what", "point"),
    spread(
        [
            *[("pass", at) for at in ("staged", "locked", "applied", "indexed", "before-ref")],
            *[("join", at) for at in ("locked", "checked", "exchanged", "applied", "indexed")],
            ("join", "done"),
        ]
    ),
)
async def test_killed_on_the_way_nothing_is_undone(trio: Trio, what: str, point: str) -> None:
    await (prepared if what == "pass" else passed_by)(trio)
    module = [sys.executable, "-m", "tests.vcs.git.overtaken_child", str(trio.mine), what, point]
    died = subprocess.run(module, cwd=ROOT, capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    repository = await opened(trio.mine)
    await repository.recover()
    if what == "pass":
        repository._update._obstacles.passed_by.add(b"a")
        await take_in(repository)
        assert (trio.mine / "a").read_text() == MINE
    await commit(repository)
    await repository.tidy()
    assert (trio.mine / "a").read_text() == BOTH == content(trio.mine, "a").decode()
    assert MINE in versions(trio.mine)
    assert not copies(trio.mine)
    assert status(trio.mine) == ""
    git(trio.mine, "fsck", "--strict")


async def test_a_held_version_is_read_once_however_often_something_comes_in(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = await passed_by(trio)
    asked: list[bytes] = []

    async def reading(git: Git, root: Path, paths: Sequence[bytes]) -> Mapping[bytes, str | None]:
        asked.extend(paths)
        return await on_disk_ids(git, root, paths)

    monkeypatch.setattr(tree_update, "on_disk_ids", reading)
    for number in range(3):
        push(trio, c=f"{number}\n")
        await take_in(repository)
    assert asked == [b"a"]
    write(trio.mine, a=text(n1="mine, again"))
    push(trio, c="last\n")
    await take_in(repository)
    assert asked == [b"a", b"a"]
    await must_commit(repository)
    assert (trio.mine / "a").read_text() == text(n1="mine, again", n9="theirs")


async def test_a_copy_of_what_never_rests_undoes_nothing(trio: Trio) -> None:
    repository = await passed_by(trio)
    copy = trio.mine / ".git" / "autosync" / "copies" / "0"
    copy.parent.mkdir()
    copy.write_text(MINE)
    write(trio.mine, a=f"{MINE}more\n", other="x\n")
    changes = (Change(b"a", ChangeKind.MODIFIED), Change(b"other", ChangeKind.ADDED))
    look = Look(changes, copies={b"a": copy}, overtaken=frozenset({b"a"}))
    await repository.commit(look, saying("automatic"))
    assert b"theirs" in content(trio.mine, "a")
