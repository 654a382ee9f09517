"""A quiet working tree moves from one commit to the next."""

import os
import time
from pathlib import Path

import pytest

from autosyncd.errors import RetryError
from autosyncd.vcs.git.mover import Why, sweep
from autosyncd.vcs.tree.signature import signature_at
from autosyncd.vcs.tree.syscalls import NO_ABILITIES, Abilities
from tests.vcs.git.move.playground import Content, Link, Name, Playground, Program, Submodule, once

Files = dict[Name, Content]

CASES: dict[str, tuple[Files, Files, dict[str, str]]] = {
    "change": ({"a": "1"}, {"a": "2"}, {"a": "2"}),
    "addition": ({"a": "1"}, {"b/c/d": "2"}, {"a": "1", "b/c/d": "2"}),
    "deletion": ({"a": "1", "b/c": "2"}, {"b/c": None}, {"a": "1"}),
    "exec bit on": ({"a": "1"}, {"a": Program("1")}, {"a": "!1"}),
    "exec bit off": ({"a": Program("1")}, {"a": "1"}, {"a": "1"}),
    "new link": ({"a": "1"}, {"l": Link("a")}, {"a": "1", "l": "-> a"}),
    "changed link": ({"l": Link("a")}, {"l": Link("nowhere")}, {"l": "-> nowhere"}),
    "deleted link": ({"a": "1", "l": Link("a")}, {"l": None}, {"a": "1"}),
    "file to link": ({"a": "1"}, {"a": Link("b")}, {"a": "-> b"}),
    "link to file": ({"a": Link("b")}, {"a": "1"}, {"a": "1"}),
    "file to folder": ({"a": "1"}, {"a": None, "a/b/c": "2"}, {"a/b/c": "2"}),
    "folder to file": (
        {"a/b/c": "1", "a/d": "1"},
        {"a/b/c": None, "a/d": None, "a": "2"},
        {"a": "2"},
    ),
    "link to folder": ({"a": Link("b")}, {"a": None, "a/b": "2"}, {"a/b": "2"}),
    "folder to link": ({"a/b": "1"}, {"a/b": None, "a": Link("b")}, {"a": "-> b"}),
    "emptied": ({"a": "1"}, {"a": None}, {}),
    "empty file": ({"a": "1"}, {"a": ""}, {"a": ""}),
    "bytes in names": (
        {b"\xff\n": "1"},
        {b"\xff\n": "2", b'd\xfe/"q\\': "3"},
        {"\udcff\n": "2", 'd\udcfe/"q\\': "3"},
    ),
}


@pytest.mark.parametrize("abilities", [None, NO_ABILITIES], ids=["able", "unable"])
@pytest.mark.parametrize("case", CASES)
async def test_tree_index_and_branch_become_the_new_commit(
    repo: Playground, case: str, abilities: Abilities | None
) -> None:
    before, changes, after = CASES[case]
    old = repo.start(before)
    new = repo.commit(old, changes)
    moved = await repo.move(old, new, abilities=abilities)
    assert moved.done
    assert moved.changed == len(changes)
    assert repo.tree() == after
    repo.settled_at(new)
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.leftovers() == []


async def test_an_unborn_branch_gets_its_first_commit(repo: Playground) -> None:
    new = repo.commit(None, {"a": "1", "b/c": "2"})
    repo.write("mine", "x")
    moved = await repo.move(None, new)
    assert moved.done
    assert repo.head == new
    assert repo.tree() == {"a": "1", "b/c": "2", "mine": "x"}
    assert repo.status() == "?? mine"


async def test_moving_again_changes_nothing(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    await repo.move(old, new)
    inode = repo.path("a").stat().st_ino
    repo.run("update-ref", "refs/heads/main", old)
    moved = await repo.move(old, new)
    assert moved.done
    assert moved.changed == 0
    assert repo.path("a").stat().st_ino == inode
    repo.settled_at(new)


async def test_what_is_there_already_counts_as_done(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2", "b": "3"})
    repo.write("a", "2")
    repo.write("b", "3")
    assert (await repo.move(old, new)).done
    repo.settled_at(new)


async def test_signatures_are_those_of_the_files_written(repo: Playground) -> None:
    old = repo.start({"a": "1", "gone": "1"})
    new = repo.commit(old, {"a": "2", "b/c": "3", "l": Link("a"), "gone": None})
    moved = await repo.move(old, new)
    assert set(moved.signatures) == {b"a", b"b/c", b"l"}
    for name, known in moved.signatures.items():
        assert signature_at(repo.path(name)) == known
    repo.write("a", "user")
    assert signature_at(repo.path("a")) != moved.signatures[b"a"]


async def test_the_watched_folder_stays_when_it_gets_empty(repo: Playground) -> None:
    old = repo.start({"docs/deep/a": "1", "b": "1"})
    new = repo.commit(old, {"docs/deep/a": None})
    object.__setattr__(repo.layout, "below", b"docs")
    assert (await repo.move(old, new)).done
    assert repo.path("docs").is_dir()
    assert not repo.path("docs/deep").exists()


async def test_a_folder_with_other_files_stays(repo: Playground) -> None:
    old = repo.start({"d/a": "1"})
    new = repo.commit(old, {"d/a": None})
    repo.write("d/mine", "x")
    assert (await repo.move(old, new)).done
    assert repo.tree() == {"d/mine": "x"}


async def test_a_locked_index_means_later(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    lock = repo.layout.git_dir / "index.lock"
    lock.write_bytes(b"")
    with pytest.raises(RetryError):
        await repo.move(old, new)
    assert lock.exists()
    assert repo.read("a") == "1"
    lock.unlink()
    assert (await repo.move(old, new)).done


async def test_a_lock_that_comes_while_staging_means_later(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    lock = repo.layout.git_dir / "index.lock"
    with pytest.raises(RetryError):
        await repo.move(old, new, checkpoint=once("staged", lambda: lock.write_bytes(b"")))
    assert lock.read_bytes() == b""
    assert repo.read("a") == "1"


@pytest.mark.parametrize(
    "command", [["checkout", "-q", "-b", "other"], ["commit", "-q", "--allow-empty", "-m", "x"]]
)
async def test_a_head_that_moved_means_look_again(repo: Playground, command: list[str]) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    with pytest.raises(RetryError):
        await repo.move(old, new, checkpoint=once("staged", lambda: repo.run(*command)))
    assert repo.read("a") == "1"
    assert repo.leftovers() == []
    assert not (repo.layout.git_dir / "index.lock").exists()


async def test_what_the_user_staged_elsewhere_stays_staged(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2"})
    repo.write("b", "staged")
    repo.write("new", "staged")
    repo.run("add", "b", "new")
    repo.write("b", "not staged")
    assert (await repo.move(old, new)).done
    assert repo.head == new
    assert repo.status().splitlines() == ["MM b", "A  new"]


async def test_staging_while_we_stage_is_kept(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2"})
    repo.write("b", "staged")
    moved = await repo.move(old, new, checkpoint=once("staged", lambda: repo.run("add", "b")))
    assert moved.done
    assert repo.status() == "M  b"


async def test_an_edit_in_the_instant_of_a_commit_stays_visible(repo: Playground) -> None:
    """A file as old as the index may have changed after git looked (racy-git)."""
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2"})
    repo.run("config", "core.trustctime", "false")
    long_ago = (10**9, 10**9)
    os.utime(repo.path("b"), long_ago)
    repo.run("update-index", "--refresh")
    repo.write("b", "x")
    os.utime(repo.path("b"), long_ago)
    os.utime(repo.layout.index, long_ago)
    assert (await repo.move(old, new)).done
    assert repo.status() == "M b"


async def test_a_staged_version_of_an_incoming_path_is_left_to_the_user(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    repo.write("a", "staged")
    repo.run("add", "a")
    repo.write("a", "1")
    moved = await repo.move(old, new)
    assert not moved.done
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.STAGED)]
    assert repo.tree() == {"a": "1", "b": "1"}
    assert repo.status() == "MM a"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
async def test_paths_that_git_shall_leave_alone_stay(repo: Playground, flag: str) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    repo.run("update-index", flag, "a")
    repo.write("a", "local")
    moved = await repo.move(old, new)
    assert moved.done
    assert repo.tree() == {"a": "local", "b": "2"}
    repo.settled_at(new)


@pytest.mark.parametrize("cone", [["--cone", "in"], ["--no-cone", "/*", "!/out"]])
async def test_paths_outside_a_sparse_checkout_are_not_written(
    repo: Playground, cone: list[str]
) -> None:
    old = repo.start({"in/a": "1", "out/b": "1", "top": "1"})
    new = repo.commit(
        old, {"in/a": "2", "in/new": "2", "out/b": "2", "out/new": "2", "out/deep/new": "2"}
    )
    repo.run("sparse-checkout", "set", *cone)
    moved = await repo.move(old, new)
    assert moved.done
    assert repo.tree() == {"in/a": "2", "in/new": "2", "top": "1"}
    repo.settled_at(new)
    repo.run("sparse-checkout", "disable")
    assert repo.read("out/deep/new") == "2"


async def test_submodules_are_left_alone(repo: Playground) -> None:
    old = repo.start({"a": "1", "sub": Submodule("1" * 40)})
    new = repo.commit(old, {"a": "2", "sub": Submodule("2" * 40), "other": Submodule()})
    repo.write("sub/file", "mine")
    assert (await repo.move(old, new)).done
    assert repo.tree() == {"a": "2", "sub/file": "mine"}
    assert repo.path("other").is_dir()
    assert repo.head == new


async def test_a_removed_submodule_leaves_its_content(repo: Playground) -> None:
    old = repo.start({"a": "1", "full": Submodule(), "empty": Submodule()})
    new = repo.commit(old, {"full": None, "empty": None})
    repo.write("full/file", "mine")
    repo.path("empty").mkdir(exist_ok=True)
    assert (await repo.move(old, new)).done
    assert repo.tree() == {"a": "1", "full/file": "mine"}
    assert not repo.path("empty").exists()


async def test_modes_do_not_matter_where_the_file_system_has_none(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    repo.run("config", "core.fileMode", "false")
    repo.path("a").chmod(0o755)
    assert (await repo.move(old, new)).done


async def test_a_linked_worktree_moves_like_any_other(repo: Playground, tmp_path: Path) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2", "b": "3"})
    repo.run("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Playground(tmp_path / "side")
    moved = await side.move(old, new, branch="side")
    assert moved.done
    assert side.tree() == {"a": "2", "b": "3"}
    side.settled_at(new)
    assert repo.tree() == {"a": "1"}


async def test_two_thousand_files_take_seconds_not_minutes(repo: Playground) -> None:
    before: Files = {f"d{i % 50}/f{i}": f"{i % 9}\n" for i in range(2000)}
    old = repo.start(before)
    new = repo.commit(old, dict.fromkeys(before, "new\n"))
    began = time.monotonic()
    moved = await repo.move(old, new)
    assert time.monotonic() - began < 60
    assert moved.changed == 2000
    repo.settled_at(new)
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.leftovers() == []


async def test_a_damaged_object_leaves_everything_as_it_is(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    blob = repo.run("rev-parse", f"{new}:b")
    (repo.layout.objects / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Exception, match="cannot run git"):
        await repo.move(old, new)
    assert repo.tree() == {"a": "1", "b": "1"}
    assert repo.status() == ""
    assert repo.leftovers() == []
