"""Opening: which repositories are taken, and what is said about the others."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.vcs.git.discover import parse_version, refusal
from tests.vcs.git.git_world import git, make, must_commit, opened, tracked, write

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")


@pytest.fixture
def nobody() -> Iterator[None]:
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def refused(path: Path, **options: str) -> NeedsUserError:
    with pytest.raises(NeedsUserError) as caught:
        await opened(path, env=options)
    assert caught.value.hint
    return caught.value


async def test_the_root_of_a_repository_is_opened(tree: Path) -> None:
    repository = await opened(tree)
    assert (repository.root, repository.below, repository.name) == (tree, b"", "git")


async def test_a_folder_inside_is_opened_as_what_to_watch(tree: Path) -> None:
    repository = await opened(tree / "sub")
    assert (repository.root, repository.below) == (tree, b"sub")


async def test_a_symbolic_link_to_a_repository_is_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    assert (await opened(tmp_path / "link")).root == tree
    assert (await opened(tmp_path / "link" / "sub")).below == b"sub"


async def test_a_linked_worktree_is_its_own_working_copy(tree: Path, tmp_path: Path) -> None:
    git(tree, "worktree", "add", "-q", tmp_path / "linked", "-b", "side")
    write(tmp_path / "linked", new="x")
    repository = await opened(tmp_path / "linked")
    await must_commit(repository)
    assert b"new" in tracked(tree, "side")
    assert b"new" not in tracked(tree, "main")


async def test_a_separate_git_folder_works(tmp_path: Path, no_quiet: None) -> None:
    make(tmp_path / "tree", f"--separate-git-dir={tmp_path / 'elsewhere'}")
    write(tmp_path / "tree", new="x")
    await must_commit(await opened(tmp_path / "tree"))
    assert tracked(tmp_path / "tree") == {b"new"}


async def test_names_of_folders_may_hold_anything(tmp_path: Path, no_quiet: None) -> None:
    root = make(tmp_path / os.fsdecode(b"od d\n\xff:"), a="1")
    write(root, new="x")
    await must_commit(await opened(root))
    assert tracked(root) == {b"a", b"new"}


async def test_a_missing_path_is_named(tmp_path: Path) -> None:
    assert "no such folder" in (await refused(tmp_path / "nowhere")).message


async def test_a_file_is_no_repository(tree: Path) -> None:
    assert "not a folder" in (await refused(tree / "a")).message


@as_root
async def test_a_folder_without_permission_is_named(tree: Path, nobody: None) -> None:
    assert "Permission denied" in (await refused(tree)).message


async def test_a_folder_in_no_repository_is_refused(tmp_path: Path) -> None:
    error = await refused(tmp_path)
    assert "not in a git repository" in error.message
    assert error.hint == f"`git init {tmp_path}`"


async def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    assert "bare repository" in (await refused(tmp_path / "bare.git")).message


async def test_the_inside_of_git_s_folder_is_refused(tree: Path) -> None:
    assert "inside git's own folder" in (await refused(tree / ".git")).message


@as_root
async def test_a_repository_of_somebody_else_is_not_trusted(tree: Path) -> None:
    shutil.chown(tree, user=65534)
    error = await refused(tree)
    assert "belongs to another user" in error.message
    assert error.hint == f"if you trust it: `git config --global --add safe.directory {tree}`"


def replaced(control: Path, content: str) -> None:
    shutil.rmtree(control)
    control.write_text(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda control: shutil.rmtree(control / "refs"),
        lambda control: (control / "HEAD").write_text("garbage"),
        lambda control: (control / "config").write_text("[core\nno config"),
        lambda control: replaced(control, "gitdir: /nowhere"),
        lambda control: replaced(control, "no gitfile"),
    ],
)
async def test_a_broken_repository_is_called_broken(tree: Path, damage: object) -> None:
    assert callable(damage)
    damage(tree / ".git")
    assert "its .git is broken" in (await refused(tree)).message


async def test_a_broken_repository_inside_another_is_not_taken_for_the_outer_one(
    tree: Path,
) -> None:
    (tree / "sub" / ".git").mkdir()
    assert "its .git is broken" in (await refused(tree / "sub")).message


async def test_without_git_it_says_what_to_install(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "install git" in str((await refused(tree, PATH=str(tmp_path / "empty"))).hint)


async def test_a_git_that_is_too_old_is_refused(tree: Path, tmp_path: Path) -> None:
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\necho git version 2.37.9\n")
    fake.chmod(0o755)
    assert "2.38 or newer" in (await refused(tree, PATH=str(tmp_path))).message


async def test_variables_of_a_git_around_us_are_not_obeyed(tree: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other", x="1")
    repository = await opened(
        tree, env={"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other)}
    )
    assert repository.root == tree


async def test_a_repository_whose_git_vanishes_is_never_taken_for_one_further_up(
    tmp_path: Path, no_quiet: None
) -> None:
    make(tmp_path / "outer", o="1")
    inner = make(tmp_path / "outer" / "inner", i="1")
    repository = await opened(inner)
    (inner / ".git").rename(tmp_path / "gone")
    with pytest.raises(NeedsUserError, match="no git repository any more"):
        await repository.inspect()
    with pytest.raises(Exception, match="not a git repository"):
        await repository.look(None)


def test_what_is_in_a_repository_is_detected(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree", a="1", sub__b="2")
    assert GitBackend().detect(tree) == tree.resolve()
    assert GitBackend().detect(tree / "sub") == tree.resolve()
    assert not GitBackend().detect(tmp_path)
    assert not GitBackend().detect(tmp_path / "nowhere")


def test_versions_of_all_makers_are_read() -> None:
    assert parse_version("git version 2.39.5") == (2, 39)
    assert parse_version("git version 2.39.3 (Apple Git-146)") == (2, 39)
    assert parse_version("git version 3.0.0-rc1") == (3, 0)
    assert parse_version("what?") == ()


def test_the_older_wording_of_dubious_ownership_is_known() -> None:
    said = "fatal: unsafe repository ('/srv/x' is owned by someone else)"
    assert "/srv/x" in str(refusal(Path("/srv/x/y"), said, has_control=True).hint)
