"""What the user has in the tree stays theirs, whatever comes in."""

import mmap
import os
from collections.abc import Callable

import pytest

from autosyncd.vcs.git.mover import Why, put_aside, sweep
from autosyncd.vcs.tree.syscalls import NO_ABILITIES, Abilities
from tests.vcs.git.move.playground import Content, Link, Name, Playground, Program, once

Arrange = Callable[[Playground], object]

OLD: dict[Name, Content] = {"a": "1", "d/b": "1"}
EDITS: dict[str, tuple[Arrange, Why, dict[str, str]]] = {
    "edit": (lambda r: r.write("a", "mine"), Why.USER_EDIT, {"a": "mine"}),
    "same size": (lambda r: r.write("a", "x"), Why.USER_EDIT, {"a": "x"}),
    "emptied": (lambda r: r.write("a", ""), Why.USER_EDIT, {"a": ""}),
    "made executable": (lambda r: r.path("a").chmod(0o755), Why.USER_EDIT, {"a": "!1"}),
    "deleted": (lambda r: r.path("a").unlink(), Why.VANISHED, {}),
    "made a link": (lambda r: relink(r, "a", "x"), Why.USER_EDIT, {"a": "-> x"}),
    "made a folder": (lambda r: refolder(r, "a"), Why.IN_THE_WAY, {"a/mine": "x"}),
    "made a pipe": (lambda r: repipe(r, "a"), Why.IN_THE_WAY, {}),
}


def relink(repo: Playground, name: str, target: str) -> None:
    repo.path(name).unlink()
    repo.path(name).symlink_to(target)


def refolder(repo: Playground, name: str) -> None:
    repo.path(name).unlink()
    repo.write(f"{name}/mine", "x")


def repipe(repo: Playground, name: str) -> None:
    repo.path(name).unlink()
    os.mkfifo(repo.path(name))


def plain(repo: Playground) -> dict[str, str]:
    """The tree without what is no file."""
    pipes = [path for path in repo.root.iterdir() if path.is_fifo()]
    for pipe in pipes:
        pipe.unlink()
    found = repo.tree()
    for pipe in pipes:
        os.mkfifo(pipe)
    return found


@pytest.mark.parametrize("abilities", [None, NO_ABILITIES], ids=["able", "unable"])
@pytest.mark.parametrize("case", EDITS)
async def test_a_local_change_is_skipped_and_the_rest_moves(
    repo: Playground, case: str, abilities: Abilities | None
) -> None:
    arrange, why, stays = EDITS[case]
    old = repo.start({**OLD})
    new = repo.commit(old, {"a": "2", "d/b": "2", "new": "2"})
    arrange(repo)
    moved = await repo.move(old, new, abilities=abilities)
    assert not moved.done
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", why)]
    assert plain(repo) == {**stays, "d/b": "2", "new": "2"}
    assert repo.head == old
    assert set(moved.signatures) == {b"d/b", b"new"}
    assert await sweep(repo.git, repo.layout, grace=0) == ()


@pytest.mark.parametrize("case", EDITS)
async def test_a_local_change_outlives_an_incoming_deletion(repo: Playground, case: str) -> None:
    arrange, why, stays = EDITS[case]
    old = repo.start({**OLD})
    new = repo.commit(old, {"a": None})
    arrange(repo)
    moved = await repo.move(old, new)
    assert moved.done == (why is not Why.USER_EDIT)
    assert plain(repo) == {**stays, "d/b": "1"}


async def test_after_the_edit_is_committed_the_next_attempt_completes(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    repo.write("a", "mine")
    assert not (await repo.move(old, new)).done
    repo.run("commit", "-q", "-m", "mine", "--only", "a")
    mine = repo.head
    both = repo.commit(mine, {"a": "both", "b": "2"})
    moved = await repo.move(mine, both)
    assert moved.done
    assert repo.tree() == {"a": "both", "b": "2"}
    repo.settled_at(both)


async def test_untracked_and_ignored_files_are_never_overwritten(repo: Playground) -> None:
    old = repo.start({".gitignore": "ignored*\n"})
    new = repo.commit(old, {"mine": "2", "ignored": "2", "ignored-dir": "2", "fine": "2"})
    repo.write("mine", "x")
    repo.write("ignored", "x")
    repo.write("ignored-dir/file", "x")
    moved = await repo.move(old, new)
    assert {s.path: s.why for s in moved.skipped} == dict.fromkeys(
        (b"mine", b"ignored", b"ignored-dir"), Why.IN_THE_WAY
    )
    assert repo.tree() == {
        ".gitignore": "ignored*\n",
        "fine": "2",
        "mine": "x",
        "ignored": "x",
        "ignored-dir/file": "x",
    }


async def test_what_is_put_aside_makes_room(repo: Playground) -> None:
    old = repo.start({".gitignore": "*.log\n"})
    new = repo.commit(old, {"a.log": "2", "dir.log": "2", "f.log/g": "2", "l/x": "2", "n/r": "2"})
    repo.write("a.log", "x")
    repo.write("a.local-box.log", "taken")
    repo.write("dir.log/deep/file", "x")
    repo.write("f.log", "x")
    repo.path("l").symlink_to("nowhere")
    repo.write("n/.git/HEAD", "x")
    moved = await repo.move(old, new)
    assert {s.path: s.why for s in moved.skipped}[b"l/x"] is Why.SYMLINK_PARENT
    aside = [await put_aside(repo.layout, s.path, "box") for s in moved.skipped]
    assert set(aside) == {
        b"a.local-box-2.log",
        b"dir.local-box.log",
        b"f.local-box.log",
        b"l.local-box",
        b"n.local-box",
    }
    assert (await repo.move(old, new)).done
    assert repo.read("a.log") == repo.read("dir.log") == repo.read("f.log/g") == "2"
    assert repo.read("dir.local-box.log/deep/file") == "x"
    assert repo.read("a.local-box-2.log") == repo.read("f.local-box.log") == "x"
    assert repo.read("a.local-box.log") == "taken"
    assert repo.read("n.local-box/.git/HEAD") == "x"


async def test_nothing_is_put_aside_where_nothing_is(repo: Playground) -> None:
    repo.start({"a": "1"})
    assert await put_aside(repo.layout, b"free/name", "box") is None


async def test_a_long_name_put_aside_is_cut(repo: Playground) -> None:
    repo.start({"a": "1"})
    name = b"x" * 251 + b".txt"
    repo.write(name, "mine")
    aside = await put_aside(repo.layout, name, "box")
    assert aside is not None
    assert len(aside) == 255
    assert aside.endswith(b".local-box.txt")
    assert repo.read(aside) == "mine"


async def test_nothing_is_written_through_a_symbolic_link(repo: Playground) -> None:
    old = repo.start({"d/a": "1", "e": "1"})
    new = repo.commit(old, {"d/a": "2", "d/new": "2", "e": "2"})
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "a").write_text("1")
    repo.path("d/a").unlink()
    repo.path("d").rmdir()
    repo.path("d").symlink_to(outside)
    moved = await repo.move(old, new)
    assert {s.why for s in moved.skipped} == {Why.SYMLINK_PARENT}
    assert [path.name for path in outside.iterdir()] == ["a"]
    assert (outside / "a").read_text() == "1"
    assert repo.read("e") == "2"


async def test_an_empty_folder_is_not_in_the_way(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"b": "2"})
    repo.path("b").mkdir()
    assert (await repo.move(old, new)).done
    assert repo.read("b") == "2"


async def test_a_file_open_for_writing_waits(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    with repo.path("a").open("r+") as writer:
        moved = await repo.move(old, new)
        assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.OPEN_FOR_WRITING)]
        assert repo.read("a") == "1"
        writer.write("3")
    assert repo.read("a") == "3"


async def test_a_file_mapped_for_writing_waits(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    with repo.path("a").open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    moved = await repo.move(old, new)
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.OPEN_FOR_WRITING)]
    mapped[0:1] = b"3"
    mapped.close()
    assert repo.read("a") == "3"
    moved = await repo.move(old, new)
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.USER_EDIT)]


async def test_a_file_that_is_new_already_may_be_open(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    repo.write("a", "2")
    with repo.path("a").open("r+"):
        assert (await repo.move(old, new)).done


async def test_a_file_in_a_read_only_folder_is_skipped_by_name(repo: Playground) -> None:
    old = repo.start({"d/a": "1", "b": "1"})
    new = repo.commit(old, {"d/a": "2", "b": "2"})
    repo.path("d").chmod(0o555)
    try:
        moved = await repo.move(old, new)
    finally:
        repo.path("d").chmod(0o755)
    if os.geteuid() == 0:  # whom no permission stops
        assert moved.done
    else:
        assert [(s.path, s.why) for s in moved.skipped] == [(b"d/a", Why.DENIED)]
    assert repo.read("b") == "2"


@pytest.mark.parametrize("abilities", [None, NO_ABILITIES], ids=["able", "unable"])
@pytest.mark.parametrize("style", ["save", "recreate"])
@pytest.mark.parametrize("incoming", ["2", None], ids=["change", "deletion"])
async def test_an_edit_between_the_check_and_the_exchange_stays(
    repo: Playground, incoming: str | None, style: str, abilities: Abilities | None
) -> None:
    write = {"save": save, "recreate": recreate}[style]
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": incoming})
    checkpoint = once("checked", lambda: write(repo))
    moved = await repo.move(old, new, checkpoint=checkpoint, abilities=abilities)
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.USER_EDIT)]
    assert repo.read("a") == "mine"


async def test_an_edit_right_after_the_exchange_stays(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    moved = await repo.move(old, new, checkpoint=once("exchanged", lambda: save(repo)))
    assert moved.done
    assert repo.read("a") == "mine"
    assert repo.status() == "M a"
    assert b"a" not in moved.signatures


async def test_a_save_while_an_edit_is_put_back_is_the_one_that_stays(repo: Playground) -> None:
    """Two saves: one between check and exchange, one before ours is taken out again."""
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    texts = iter(["first", "second"])

    def checkpoint(name: str) -> None:
        if name in ("checked", "exchanged"):
            save(repo, next(texts))

    moved = await repo.move(old, new, checkpoint=checkpoint)
    assert [s.why for s in moved.skipped] == [Why.USER_EDIT]
    assert repo.read("a") == "second"
    late = await sweep(repo.git, repo.layout, grace=0)
    assert [repo.run("cat-file", "blob", found.oid) for found in late] == ["first"]


async def test_a_deletion_between_the_check_and_the_exchange_stays(repo: Playground) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": "2", "b": "2"})
    moved = await repo.move(old, new, checkpoint=once("checked", repo.path("a").unlink))
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.VANISHED)]
    assert repo.tree() == {"b": "2"}


async def test_a_file_that_appears_in_place_of_an_addition_stays(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"b": "2"})
    for abilities in (None, NO_ABILITIES):
        repo.path("b").unlink(missing_ok=True)
        moved = await repo.move(
            old,
            new,
            checkpoint=once("checked", lambda: repo.write("b", "mine")),
            abilities=abilities,
        )
        assert [(s.path, s.why) for s in moved.skipped] == [(b"b", Why.IN_THE_WAY)]
        assert repo.read("b") == "mine"


async def test_a_folder_saved_over_a_file_in_the_last_moment_stays(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    moved = await repo.move(old, new, checkpoint=once("checked", lambda: refolder(repo, "a")))
    assert [s.why for s in moved.skipped] == [Why.USER_EDIT]
    assert repo.read("a/mine") == "x"


def save(repo: Playground, text: str = "mine") -> None:
    """As most editors do: a new file, renamed over the old one."""
    repo.write("a.tmp", text)
    repo.path("a.tmp").replace(repo.path("a"))


def recreate(repo: Playground) -> None:
    """As other editors do: away with the old file, then a new one."""
    repo.path("a").unlink()
    repo.write("a", "mine")


async def test_a_new_program_and_a_link_in_the_way_are_seen_as_such(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"p": Program("2"), "l": Link("a")})
    repo.write("p", "2")
    repo.path("l").symlink_to("a")
    moved = await repo.move(old, new)
    assert [(s.path, s.why) for s in moved.skipped] == [(b"p", Why.IN_THE_WAY)]
    assert repo.tree() == {"a": "1", "p": "2", "l": "-> a"}
