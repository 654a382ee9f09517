"""Repositories of special kinds: LFS, linked worktrees, partial clones, names without case."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError, RemoteNeedsUserError
from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.git.unsupported import find_twins
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit_by_hand,
    content,
    git,
    head,
    must_commit,
    opened,
    status,
    text,
    tracked,
    write,
)

FILM = bytes(range(256)) * 400


async def take_in(repository: GitRepository) -> None:
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)


@pytest.fixture
def lfs(trio: Trio) -> Trio:
    if shutil.which("git-lfs") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("git-lfs is missing")
        pytest.skip("git-lfs is not installed")
    for folder in (trio.mine, trio.theirs):
        git(folder, "lfs", "install", "--local")
    git(trio.theirs, "lfs", "track", "*.film")
    commit_by_hand(trio.theirs, "track films")
    git(trio.theirs, "push", "-q")
    git(trio.mine, "pull", "-q")
    return trio


async def test_lfs_files_go_out_as_pointers_with_their_content_and_come_in_whole(
    lfs: Trio,
) -> None:
    mine, theirs = await opened(lfs.mine), await opened(lfs.theirs)
    (lfs.mine / "a.film").write_bytes(FILM)
    await must_commit(mine)
    assert content(lfs.mine, "a.film").startswith(b"version https://git-lfs")
    assert status(lfs.mine) == ""
    await mine.push(head(lfs.mine))
    stored = [file for file in (lfs.remote / "lfs").rglob("*") if file.is_file()]
    assert [file.read_bytes() for file in stored] == [FILM]
    await take_in(theirs)
    assert ((lfs.theirs / "a.film").read_bytes(), status(lfs.theirs)) == (FILM, "")
    (lfs.theirs / "a.film").write_bytes(FILM[::-1])
    await must_commit(theirs)
    await theirs.push(head(lfs.theirs))
    await take_in(mine)
    assert ((lfs.mine / "a.film").read_bytes(), status(lfs.mine)) == (FILM[::-1], "")


async def test_lfs_files_that_both_change_are_both_kept_whole(lfs: Trio) -> None:
    mine, theirs = await opened(lfs.mine), await opened(lfs.theirs)
    for repository, folder, film in (
        (theirs, lfs.theirs, FILM),
        (mine, lfs.mine, FILM[::-1]),
    ):
        (folder / "a.film").write_bytes(film)
        await must_commit(repository)
        if folder == lfs.theirs:
            await repository.push(head(folder))
    await mine.fetch()
    merge = await mine.merge()
    assert merge.target
    await mine.push(merge.target)
    await mine.move(merge.target)
    await take_in(theirs)
    for folder in (lfs.mine, lfs.theirs):
        films = {file.read_bytes() for file in folder.glob("a*.film")}
        assert (films, status(folder)) == ({FILM, FILM[::-1]}, "")


async def test_a_linked_worktree_commits_pushes_and_takes_in_like_any_other(
    trio: Trio, tmp_path: Path
) -> None:
    linked = tmp_path / "linked"
    git(trio.mine, "worktree", "add", "-q", linked, "-b", "side")
    git(trio.mine, "config", "push.default", "current")
    write(trio.mine, a="the main worktree's own\n")
    git(trio.mine, "add", "a")
    repository = await opened(linked)
    write(linked, a="linked\n", new="n\n")
    await must_commit(repository)
    await repository.push(head(linked))
    assert head(trio.remote, "side") == head(linked)
    git(trio.theirs, "fetch", "-q")
    git(trio.theirs, "switch", "-q", "side")
    commit_by_hand(trio.theirs, new="theirs\n")
    git(trio.theirs, "push", "-q")
    await take_in(repository)
    assert ((linked / "new").read_text(), status(linked)) == ("theirs\n", "")
    assert (status(trio.mine), head(trio.mine)) == ("M  a", head(trio.remote, "main"))


async def test_a_partial_clone_is_left_alone_until_the_rest_of_it_is_fetched(trio: Trio) -> None:
    git(trio.remote, "config", "uploadpack.allowFilter", "true")
    commit_by_hand(trio.theirs, a="2\n")
    git(trio.theirs, "push", "-q")
    partial = trio.mine.with_name("partial")
    url = f"file://{trio.remote}"
    git(partial.parent, "clone", "-q", "--filter=blob:none", url, partial)
    write(partial, a="mine\n")
    before = head(partial)
    with pytest.raises(NeedsUserError, match="partial clone") as caught:
        await opened(partial)
    assert (head(partial), status(partial)) == (before, " M a")
    for command in (
        (caught.value.hint or "").removeprefix("fetch the rest: ").strip("`").split("; ")
    ):
        subprocess.run(shlex.split(command), check=True, capture_output=True)
    trio.remote.rename(trio.remote.with_name("unplugged"))
    assert content(partial, "a", "HEAD~1") == b"one\n"
    git(partial, "fsck")
    await must_commit(await opened(partial))
    assert content(partial, "a") == b"mine\n"


async def test_names_that_differ_in_case_alone_are_not_taken_in_where_they_are_one(
    trio: Trio,
) -> None:
    git(trio.mine, "config", "core.ignorecase", "true")
    repository = await opened(trio.mine)
    write(trio.mine, own="o\n")
    await must_commit(repository)
    commit_by_hand(trio.theirs, A="another\n", c="c\n")
    git(trio.theirs, "push", "-q")
    before = head(trio.mine)
    with pytest.raises(RemoteNeedsUserError, match="A and a are one file") as caught:
        await take_in(repository)
    assert "core.ignorecase false" in (caught.value.hint or "")
    assert (head(trio.mine), status(trio.mine)) == (before, "")
    assert not (trio.mine / "c").exists()
    git(trio.theirs, "mv", "A", "another")
    git(trio.theirs, "commit", "-q", "-m", "renamed")
    git(trio.theirs, "push", "-q")
    await take_in(repository)
    assert tracked(trio.mine) == {b"a", b"another", b"c", b"own", b"sub/b"}
    assert text(trio.mine, "diff", "HEAD") == ""


def test_a_file_and_a_folder_are_twins_too() -> None:
    assert find_twins(["a", "b/c", "B"]) == ("B", "b/c")
    assert find_twins(["x/a", "X/A"]) == ("x/a", "X/A")
    assert find_twins(["straße", "STRASSE"]) == ("straße", "STRASSE")
    assert find_twins(["a", "b", "dir/a", "Dir/b"]) is None
