"""Looking: what counts as changed, and what is left out and why."""

import os
import time
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.base import Left
from autosyncd.vcs.tree.scope import scope
from tests.vcs.git.git_world import content, git, kinds, make, must_commit, opened, settled, write


def why(left: tuple[Left, ...]) -> dict[bytes, str]:
    assert all(entry.hint for entry in left)
    return {entry.path: entry.why for entry in left}


async def test_a_clean_tree_shows_nothing(tree: Path) -> None:
    look = await settled(await opened(tree))
    assert (look.changes, look.left_out) == ((), ())


async def test_new_changed_and_deleted_files_are_told_apart(tree: Path) -> None:
    write(tree, a="changed", new="n", deep__er__file="d")
    (tree / "sub" / "b").unlink()
    assert kinds(await settled(await opened(tree))) == {
        b"a": "modified",
        b"new": "added",
        b"deep/er/file": "added",
        b"sub/b": "deleted",
    }


async def test_only_the_given_paths_are_looked_at(tree: Path) -> None:
    write(tree, a="changed", new="n", sub__c="c")
    repository = await opened(tree)
    assert kinds(await settled(repository, b"a")) == {b"a": "modified"}
    assert kinds(await settled(repository, b"sub")) == {b"sub/c": "added"}
    assert kinds(await settled(repository, b"nowhere/at/all")) == {}


async def test_many_paths_are_all_looked_at(tree: Path) -> None:
    names = [f"n{i}" for i in range(300)]
    write(tree, **dict.fromkeys(names, "x"))
    look = await settled(await opened(tree), *(name.encode() for name in names))
    assert len(look.changes) == 300


async def test_outside_of_the_watched_folder_nothing_is_seen(tree: Path) -> None:
    write(tree, a="changed", sub__c="c")
    repository = await opened(tree / "sub")
    for paths in ((), (b"a", b"sub/c"), (b"sub",), (b"",)):
        assert kinds(await settled(repository, *paths)) == {b"sub/c": "added"}
    assert kinds(await settled(repository, b"a")) == {}


async def test_what_git_ignores_is_not_seen_but_tracked_files_are(tree: Path) -> None:
    write(tree, **{".gitignore": "*.log\na\n"}, x__y="1")
    (tree / "t.log").write_text("x")
    write(tree, a="changed")
    assert set(kinds(await settled(await opened(tree)))) == {b".gitignore", b"a", b"x/y"}


async def test_patterns_of_the_configuration_hide_new_files_but_not_tracked_ones(
    tree: Path,
) -> None:
    write(tree, a="changed", cache__x="1", keep="2")
    look = await settled(await opened(tree, ignore=("cache/", "a")))
    assert set(kinds(look)) == {b"a", b"keep"}


async def test_patterns_are_relative_to_the_watched_folder(tree: Path) -> None:
    write(tree, sub__cache="1", sub__more__cache="2")
    repository = await opened(tree / "sub", ignore=("/cache",))
    assert set(kinds(await settled(repository))) == {b"sub/more/cache"}


async def test_what_editors_leave_beside_files_is_never_seen(tree: Path) -> None:
    for name in (".a.swp", "a~", "#a#", ".~lock.a#"):
        (tree / name).write_text("x")
    assert kinds(await settled(await opened(tree))) == {}


async def test_what_changed_just_now_is_unstable_for_a_moment(tree: Path) -> None:
    repository = await opened(tree)
    end = time.monotonic() + 60
    while True:
        write(tree, a=f"{time.monotonic()}")
        look = await repository.look(frozenset({b"a"}))
        if look.unstable:
            break
        assert time.monotonic() < end, "git itself took longer than the moment, every time"
    assert (look.changes, look.unstable) == ((), (b"a",))
    assert kinds(await settled(repository, b"a")) == {b"a": "modified"}


async def test_pipes_and_unreadable_files_are_left_out_and_stop_nobody(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "a").unlink()
    os.mkfifo(tree / "a")
    write(tree, good="1", secret="2")
    real = os.access
    monkeypatch.setattr(
        os, "access", lambda path, *a, **k: b"secret" not in os.fsencode(path) and real(path, *a)
    )
    look = await settled(await opened(tree))
    assert kinds(look) == {b"good": "added"}
    assert set(why(look.left_out)) == {b"a", b"secret"}
    assert "Permission denied" in why(look.left_out)[b"secret"]


async def test_a_repository_inside_is_left_out(tree: Path) -> None:
    make(tree / "inner", x="1")
    make(tree / "empty")
    write(tree, good="1")
    look = await settled(await opened(tree))
    assert kinds(look) == {b"good": "added"}
    assert why(look.left_out) == dict.fromkeys(
        (b"inner/", b"empty/"), "it is a repository of its own"
    )


async def test_an_ignored_repository_inside_is_not_even_left_out(tree: Path) -> None:
    make(tree / "inner", x="1")
    assert (await settled(await opened(tree, ignore=("inner/",)))).left_out == ()


async def test_submodules_are_never_changed(tree: Path, tmp_path: Path) -> None:
    make(tmp_path / "lib", x="1")
    git(tree, "-c", "protocol.file.allow=always", "submodule", "add", "-q", tmp_path / "lib", "lib")
    git(tree, "commit", "-qm", "submodule")
    write(tree / "lib", x="2")
    git(tree / "lib", "commit", "-qam", "moved on")
    look = await settled(await opened(tree))
    assert (look.changes, look.left_out) == ((), ())
    git(tree, "add", "lib")
    look = await settled(await opened(tree))
    assert (look.changes, set(why(look.left_out)) <= {b"lib"}) == ((), True)


async def test_files_the_user_told_git_to_leave_alone_are_left_alone(tree: Path) -> None:
    git(tree, "update-index", "--assume-unchanged", "a")
    git(tree, "update-index", "--skip-worktree", "sub/b")
    write(tree, a="changed", sub__b="changed")
    assert kinds(await settled(await opened(tree))) == {}


async def test_what_is_staged_outside_of_a_sparse_checkout_is_left_to_its_user(tree: Path) -> None:
    write(tree, sub__b="staged\n")
    git(tree, "add", "sub/b")
    git(tree, "update-index", "--skip-worktree", "sub/b")
    (tree / "sub" / "b").unlink()
    look = await settled(await opened(tree))
    assert (look.changes, set(why(look.left_out))) == ((), {b"sub/b"})


async def test_a_path_behind_a_symbolic_link_is_deleted(tree: Path, tmp_path: Path) -> None:
    (tree / "sub").rename(tmp_path / "sub")
    (tree / "sub").symlink_to(tmp_path / "sub")
    repository = await opened(tree)
    assert kinds(await settled(repository)) == {b"sub": "added", b"sub/b": "deleted"}
    assert kinds(await settled(repository, b"sub/b")) == {b"sub/b": "deleted"}


async def test_paths_git_can_not_be_asked_about_make_it_look_everywhere(tree: Path) -> None:
    make(tree / "inner", x="1")
    write(tree, new="1")
    look = await settled(await opened(tree), b"inner/x", b"new")
    assert kinds(look) == {b"new": "added"}


async def test_odd_names_are_seen_as_they_are(tree: Path) -> None:
    names = {b"\xff\xfe", b"new\nline", b"-dash", b"*", b"[x]", b"?", b":(top)x", b" ", b"q\"'\\"}
    for name in names:
        (tree / os.fsdecode(name)).write_text("x")
    repository = await opened(tree)
    assert set(kinds(await settled(repository))) == names
    assert set(kinds(await settled(repository, b"*"))) == {b"*"}


async def test_an_index_with_conflicts_is_not_looked_at(tree: Path) -> None:
    write(tree, a="stashed\n")
    git(tree, "stash", "-q")
    write(tree, a="other\n")
    git(tree, "commit", "-qam", "other")
    git(tree, "stash", "pop", "-q", check=False)
    with pytest.raises(RetryError, match=r"^a is in conflict$"):
        await (await opened(tree)).look(None)


async def test_a_deleted_path_that_was_only_staged_is_no_change(tree: Path) -> None:
    write(tree, new="1")
    git(tree, "add", "new")
    (tree / "new").unlink()
    assert kinds(await settled(await opened(tree))) == {}


def test_the_scope_is_what_lies_in_the_watched_folder() -> None:
    assert scope(None, b"") is None
    assert scope(None, b"sub") == (b"sub",)
    assert scope(frozenset({b"a", b"d/"}), b"") == (b"a", b"d")
    assert scope(frozenset({b"sub/x", b"subway"}), b"sub") == (b"sub/x",)
    assert scope(frozenset({b"deep"}), b"deep/er") == (b"deep/er",)
    assert scope(frozenset({b"a"}), b"sub") == ()
    assert scope(frozenset(str(i).encode() for i in range(101)), b"sub/x") == ()
    assert scope(frozenset(str(i).encode() for i in range(101)), b"") is None


async def test_after_our_own_commit_a_saved_file_is_seen_and_flagged_ones_still_are_not(
    tree: Path,
) -> None:
    repository = await opened(tree)
    write(tree, a="first")
    await must_commit(repository)
    write(tree, a="second")
    assert kinds(await settled(repository, b"a")) == {b"a": "modified"}
    await must_commit(repository)
    git(tree, "update-index", "--assume-unchanged", "a")
    git(tree, "update-index", "--skip-worktree", "sub/b")
    write(tree, a="third", sub__b="third")
    assert kinds(await settled(repository, b"a", b"sub/b")) == {}
    write(tree, new="n")
    await must_commit(repository)
    assert kinds(await settled(repository, b"a", b"sub/b")) == {}
    assert content(tree, "a") == b"second"
