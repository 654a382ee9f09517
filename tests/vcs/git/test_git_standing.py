"""Where a repository stands, and what is in the way."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncd.core.typed import in_folder
from autosyncd.errors import NeedsUserError, RetryError
from autosyncd.vcs.base import Relation
from autosyncd.vcs.git.settings import parse_config
from autosyncd.vcs.git.standing import relation
from autosyncd.vcs.git.upstream import Upstream, choose_upstream
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit_by_hand,
    git,
    head,
    make,
    opened,
    saying,
    settled,
    write,
)


async def test_a_repository_without_remote_says_so(tree: Path) -> None:
    standing = await (await opened(tree)).inspect()
    assert (standing.branch, standing.remote, standing.url) == ("main", None, None)
    assert (standing.relation, standing.head) == (Relation.NO_REMOTE, head(tree))
    assert standing.last_commit is not None
    assert standing.last_commit.subject == "first"
    assert (standing.obstacle, standing.cure) == (None, None)


async def test_a_fresh_clone_is_in_step(trio: Trio) -> None:
    standing = await (await opened(trio.mine)).inspect()
    assert (standing.remote, standing.url) == ("origin", str(trio.remote))
    assert (standing.relation, standing.tip) == (Relation.SAME, standing.head)


async def test_commits_on_either_side_are_counted(trio: Trio) -> None:
    repository = await opened(trio.mine)
    commit_by_hand(trio.mine, a="2")
    commit_by_hand(trio.mine, a="3")
    standing = await repository.inspect()
    assert (standing.relation, standing.ahead, standing.behind) == (Relation.AHEAD, 2, 0)
    commit_by_hand(trio.theirs, c="1")
    git(trio.theirs, "push", "-q")
    await repository.fetch()
    standing = await repository.inspect()
    assert (standing.relation, standing.ahead, standing.behind) == (Relation.DIVERGED, 2, 1)
    git(trio.mine, "reset", "-q", "--hard", "HEAD~2")
    standing = await repository.inspect()
    assert (standing.relation, standing.ahead, standing.behind) == (Relation.BEHIND, 0, 1)


async def test_an_empty_repository_with_an_empty_remote_is_unborn(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(tmp_path, "clone", "-q", "remote.git", "tree")
    repository = await opened(tmp_path / "tree")
    await repository.fetch()
    standing = await repository.inspect()
    assert (standing.branch, standing.head) == ("main", None)
    assert standing.relation is Relation.UNBORN


async def test_the_url_is_what_a_push_really_uses(trio: Trio) -> None:
    repository = await opened(trio.mine)
    await repository.inspect()
    git(trio.mine, "remote", "set-url", "origin", "short:remote.git")
    git(trio.mine, "config", f"url.{trio.remote.parent}/.insteadOf", "short:")
    assert (await repository.inspect()).url == str(trio.remote)
    git(trio.mine, "remote", "set-url", "--push", "origin", "elsewhere.git")
    assert (await repository.inspect()).url == "elsewhere.git"


async def test_a_configured_remote_that_does_not_exist_is_not_passed_over(trio: Trio) -> None:
    standing = await (await opened(trio.mine, remote="nas")).inspect()
    assert (standing.remote, standing.url) == ("nas", None)
    assert standing.relation is Relation.UNPUBLISHED


async def test_the_remote_none_is_none(trio: Trio) -> None:
    standing = await (await opened(trio.mine, remote="none")).inspect()
    assert (standing.remote, standing.relation) == (None, Relation.NO_REMOTE)


def chosen(config: bytes, wish: str | None, branch: str = "main") -> Upstream | None:
    return choose_upstream(parse_config(config.replace(b";", b"\0")), wish, branch)


def test_the_upstream_is_the_wish_then_the_branch_s_own_then_origin() -> None:
    remotes = b"remote.origin.url\nx;remote.nas.url\ny;"
    own = remotes + b"branch.main.remote\nnas;branch.main.merge\nrefs/heads/trunk;"
    assert chosen(b"", None) is None
    assert chosen(remotes, None) == Upstream("origin", "main")
    assert chosen(own, None) == Upstream("nas", "trunk")
    assert chosen(own, "origin") == Upstream("origin", "main")
    assert chosen(own, "nas") == Upstream("nas", "trunk")
    assert chosen(own, "none") is None
    assert chosen(own, "gone") == Upstream("gone", "main", known=False)
    assert chosen(remotes + b"branch.main.remote\n.;", None) == Upstream("origin", "main")
    assert chosen(own, None, "other") == Upstream("origin", "other")


def test_our_records_of_branches_never_stand_in_each_other_s_way() -> None:
    names = [Upstream("o", name).seen for name in ("a", "a/b", "a%2Fb", "a%b")]
    assert len(set(names)) == 4
    assert all(name.count("/") == 4 for name in names)


def test_the_relation_follows_from_the_tips() -> None:
    there = Upstream("origin", "main")
    assert relation(None, "h", None, 0, 0) is Relation.NO_REMOTE
    assert relation(there, None, None, 0, 0) is Relation.UNBORN
    assert relation(there, "h", None, 0, 0) is Relation.UNPUBLISHED
    assert relation(there, None, "t", 0, 0) is Relation.BEHIND
    assert relation(there, "h", "h", 0, 0) is Relation.SAME


def conflict(tree: Path) -> None:
    """Branches `main` and `side` that disagree."""
    git(tree, "switch", "-qc", "side")
    commit_by_hand(tree, a="side\n")
    git(tree, "switch", "-q", "main")
    commit_by_hand(tree, a="main\n")


def rebase(tree: Path) -> None:
    git(tree, "rebase", "-q", "side", check=False)


def am(tree: Path) -> None:
    patch = git(tree, "format-patch", "--stdout", "-1", "side")
    git(tree, "am", "-q", stdin=patch, check=False)


def stash(tree: Path) -> None:
    write(tree, a="stashed\n")
    git(tree, "stash", "-q")
    commit_by_hand(tree, a="another\n")
    git(tree, "stash", "pop", "-q", check=False)


STATES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "a merge is in progress": (
        lambda tree: git(tree, "merge", "-q", "side", check=False),
        lambda tree: git(tree, "merge", "--abort"),
    ),
    "a rebase is in progress": (rebase, lambda tree: git(tree, "rebase", "--abort")),
    "a `git am` is in progress": (am, lambda tree: git(tree, "am", "--abort")),
    "a cherry-pick is in progress": (
        lambda tree: git(tree, "cherry-pick", "side", check=False),
        lambda tree: git(tree, "cherry-pick", "--abort"),
    ),
    "a revert is in progress": (
        lambda tree: git(tree, "revert", "--no-edit", "side", check=False),
        lambda tree: git(tree, "revert", "--abort"),
    ),
    "a bisect is in progress": (
        lambda tree: git(tree, "bisect", "start"),
        lambda tree: git(tree, "bisect", "reset"),
    ),
    "HEAD is detached": (
        lambda tree: git(tree, "checkout", "-q", "--detach"),
        lambda tree: git(tree, "switch", "-q", "main"),
    ),
    "unresolved conflicts": (stash, lambda tree: git(tree, "reset", "-q", "--hard")),
}


@pytest.mark.parametrize("state", STATES)
async def test_what_ends_it_can_be_typed_as_it_is_told_in_any_folder(
    tree: Path, tmp_path: Path, state: str
) -> None:
    conflict(tree)
    git(tree, "branch", "-D", "side") if state == "HEAD is detached" else None
    STATES[state][0](tree)
    repository = await opened(tree)
    cure = in_folder((await repository.inspect()).cure, tree) or ""
    last = re.findall("`(.*?)`", cure)[-1] + (" -A" if state == "unresolved conflicts" else "")
    ran = subprocess.run(["sh", "-c", last], cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 0, (last, ran.stderr)
    assert (await repository.inspect()).obstacle is None


async def test_with_several_branches_the_one_to_go_to_is_the_user_s_choice(tree: Path) -> None:
    conflict(tree)
    git(tree, "checkout", "-q", "--detach")
    assert (await (await opened(tree)).inspect()).cure == "`git switch BRANCH`"


@pytest.mark.parametrize("state", STATES)
async def test_the_user_s_unfinished_business_is_an_obstacle_until_it_is_over(
    tree: Path, state: str
) -> None:
    begin, end = STATES[state]
    conflict(tree)
    repository = await opened(tree)
    assert (await repository.inspect()).obstacle is None
    begin(tree)
    standing = await repository.inspect()
    assert state in str(standing.obstacle)
    assert standing.cure
    end(tree)
    assert (await repository.inspect()).obstacle is None


async def test_a_merge_begun_after_the_look_is_not_committed_over(tree: Path) -> None:
    conflict(tree)
    write(tree, new="n")
    repository = await opened(tree)
    look = await settled(repository)
    git(tree, "merge", "-q", "side", check=False)
    with pytest.raises(RetryError, match="a merge is in progress"):
        await repository.commit(look, saying("m"))


async def test_the_leftovers_of_finished_operations_are_no_obstacle(tree: Path) -> None:
    conflict(tree)
    for name in ("ORIG_HEAD", "AUTO_MERGE", "SQUASH_MSG", "MERGE_MSG", "FETCH_HEAD"):
        (tree / ".git" / name).write_text("")
    assert (await (await opened(tree)).inspect()).obstacle is None


async def test_a_lock_is_an_obstacle_only_when_it_lasts(tree: Path) -> None:
    repository = await opened(tree)
    lock = tree / ".git" / "index.lock"
    lock.touch()
    assert (await repository.inspect()).obstacle is None
    os.utime(lock, (0, lock.stat().st_mtime - 30))
    standing = await repository.inspect()
    assert "git is at work" in str(standing.obstacle)
    assert f"rm {lock}" in str(standing.cure)


async def test_a_root_that_vanished_commits_nothing(tree: Path) -> None:
    repository = await opened(tree / "sub")
    (tree / "sub").rename(tree / "moved")
    with pytest.raises(NeedsUserError, match="is gone"):
        await repository.inspect()
    (tree / "moved").rename(tree / "sub")
    assert (await repository.inspect()).obstacle is None


async def test_another_file_system_in_place_of_the_root_commits_nothing(tree: Path) -> None:
    repository = await opened(tree)
    repository._inspector._device += 1
    with pytest.raises(NeedsUserError, match="another file system"):
        await repository.inspect()


async def test_operations_in_another_worktree_are_none_of_ours(tree: Path, tmp_path: Path) -> None:
    conflict(tree)
    git(tree, "worktree", "add", "-q", tmp_path / "linked", "-b", "third")
    git(tree, "merge", "-q", "side", check=False)
    assert (await (await opened(tree)).inspect()).obstacle
    assert (await (await opened(tmp_path / "linked")).inspect()).obstacle is None


async def test_the_user_s_use_of_git_is_noticed_where_it_shows(tree: Path, tmp_path: Path) -> None:
    git(tree, "branch", "deep/er/name")
    repository = await opened(tree)
    control = tree / ".git"
    assert {control, control / "refs" / "heads", control / "refs" / "heads" / "deep" / "er"} <= set(
        repository.control_dirs
    )
    for name in (b"HEAD", b"index", b"MERGE_HEAD", b"packed-refs", b"main", b"rebase-merge"):
        assert repository.control_event(name)
    for name in (b"index.lock", b"HEAD.lock", b"autosync", b"FETCH_HEAD", b"objects"):
        assert not repository.control_event(name)
    git(tree, "worktree", "add", "-q", tmp_path / "linked", "-b", "side")
    linked = await opened(tmp_path / "linked")
    assert {control, control / "worktrees" / "linked"} <= set(linked.control_dirs)


async def test_ignore_rules_are_found_where_git_finds_them(tree: Path, home: Path) -> None:
    write(tree, **{".gitignore": "*.log\n"}, t__log="x", sub__cache="c")
    (tree / "kept.log").write_text("x")
    git(tree, "add", "-f", "kept.log", ".gitignore", "sub/cache", "t/log")
    git(tree, "commit", "-qm", "x")
    sources = await (await opened(tree / "sub", ignore=("/cache", "!keep", "#x"))).ignore_sources()
    assert sources.files == (home / ".config/git/ignore", tree / ".git/info/exclude")
    assert (sources.per_directory, sources.base) == (b".gitignore", b"sub")
    assert sources.control == {b".git"}
    assert sources.lines[-3:] == ("/cache", "!keep", "#x")
    assert sources.kept == {b"sub/cache"}
    assert (await (await opened(tree)).ignore_sources()).kept == {b"kept.log"}
    git(tree, "config", "core.excludesFile", "~/rules")
    assert (await (await opened(tree)).ignore_sources()).files[0] == home / "rules"


async def test_an_unborn_branch_in_a_repository_with_others_is_told_from_them(
    tmp_path: Path,
) -> None:
    tree = make(tmp_path / "tree", a="1")
    git(tree, "switch", "-q", "--orphan", "fresh")
    standing = await (await opened(tree)).inspect()
    assert (standing.branch, standing.head, standing.last_commit) == ("fresh", None, None)
