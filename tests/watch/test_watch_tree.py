"""A tree of watches that hints everything, and nothing that nobody wants to know."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError
from autosyncd.watch.base import Touched
from autosyncd.watch.inotify import READ_PAUSE
from autosyncd.watch.kernel import IN_ISDIR, IN_MOVED_FROM, IN_UNMOUNT
from tests.watch.heard import Watching, a_target, until


async def test_a_written_file_is_hinted_by_its_path(root: Path, watching: Watching) -> None:
    (root / "a" / "b").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    (root / "a" / "b" / "note.txt").write_text("x")
    await heard.hears(b"a/b/note.txt")
    assert heard.paths == {b"a/b/note.txt"}


async def test_what_was_there_before_is_not_hinted(root: Path, watching: Watching) -> None:
    (root / "a").mkdir()
    (root / "a" / "note.txt").write_text("x")
    heard = await watching.hear(a_target(root))
    await heard.calm()
    assert heard.paths == set()
    assert not heard.everything


async def test_a_rename_hints_both_names(root: Path, watching: Watching) -> None:
    (root / "old").write_text("x")
    heard = await watching.hear(a_target(root))
    (root / "old").rename(root / "new")
    await heard.hears(b"old", b"new")


async def test_links_modes_and_deletions_are_hinted(root: Path, watching: Watching) -> None:
    (root / "file").write_text("x")
    (root / "doomed").write_text("x")
    heard = await watching.hear(a_target(root))
    (root / "symlink").symlink_to("nowhere")
    os.link(root / "file", root / "hardlink")
    (root / "file").chmod(0o700)
    (root / "doomed").unlink()
    await heard.hears(b"symlink", b"hardlink", b"file", b"doomed")


async def test_a_file_held_open_is_hinted_while_it_grows(root: Path, watching: Watching) -> None:
    heard = await watching.hear(a_target(root))
    with (root / "log").open("w") as file:
        await heard.hears(b"log")
        heard.hints.clear()
        file.write("line\n")
        file.flush()
        await heard.hears(b"log")


async def test_names_need_not_be_utf8(root: Path, watching: Watching) -> None:
    name = b"\xff\xfe"
    old = os.fsencode(root) + b"/" + name
    os.mkdir(old)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 2
    with open(old + b"/\xfd", "wb"):
        pass
    os.makedirs(old + b"/\xfc/x")
    await heard.hears(name + b"/\xfd", name + b"/\xfc")
    await heard.calm()
    assert heard.tree.count == 4


async def test_a_deleted_folder_is_hinted_and_no_longer_watched(
    root: Path, watching: Watching
) -> None:
    (root / "a" / "b" / "c").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 4
    shutil.rmtree(root / "a")
    await heard.hears(b"a")
    await heard.calm()
    assert heard.tree.count == 1


async def test_a_folder_moved_out_is_hinted_and_no_longer_watched(
    root: Path, watching: Watching, tmp_path: Path
) -> None:
    (root / "a" / "b").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    (root / "a").rename(tmp_path / "outside")
    await heard.hears(b"a")
    await heard.calm()
    assert heard.tree.count == 1
    heard.hints.clear()
    (tmp_path / "outside" / "b" / "note.txt").write_text("x")
    await heard.calm()
    assert heard.paths == set()
    (tmp_path / "outside").rename(root / "back")
    await heard.hears(b"back", b"back/b/note.txt")


async def test_a_renamed_folder_goes_on_under_its_new_name(root: Path, watching: Watching) -> None:
    (root / "a" / "b").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    (root / "a").rename(root / "z")
    await heard.hears(b"a", b"z")
    (root / "z" / "b" / "note.txt").write_text("x")
    await heard.hears(b"z/b/note.txt")
    await heard.calm()
    assert heard.tree.count == 3


async def test_a_rename_keeps_the_watches(root: Path, watching: Watching) -> None:
    (root / "a" / "b").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    before = dict(watching.inotify._watches.owners)
    (root / "a").rename(root / "z")
    await heard.calm()
    assert watching.inotify._watches.owners == before


async def test_a_visit_may_find_a_rename_before_its_event_is_read(
    root: Path, watching: Watching
) -> None:
    (root / "a" / "b").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    tree, owners = heard.tree, watching.inotify._watches.owners
    assert tree is not None
    (root / "a").rename(root / "z")
    tree._folders.queue(tree.top)
    tree.proceed(time.monotonic() + 10)
    assert tree.count == 3
    assert [len(owner) for owner in owners.values()] == [1, 1, 1]
    await heard.calm()
    (root / "z" / "b" / "note.txt").write_text("x")
    await heard.hears(b"z/b/note.txt")
    assert tree.count == 3


async def test_a_rename_seen_by_two_owners_of_a_folder_leaves_nothing_behind(
    root: Path, watching: Watching
) -> None:
    (root / "x" / "p").mkdir(parents=True)
    (root / "y" / "p").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    tree = heard.tree
    assert tree is not None
    for name in (b"x", b"y"):  # as behind a bind mount: the same event, with the same cookie
        node = tree.top.child(name)
        assert node is not None
        tree.change(node, IN_MOVED_FROM | IN_ISDIR, 7, b"p")
    tree.flush(drained=True)
    await heard.calm()
    assert tree.count == 5
    assert [len(owner) for owner in watching.inotify._watches.owners.values()] == [1] * 5


async def test_a_folder_moves_from_tree_to_tree(watching: Watching, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    (one / "a" / "b").mkdir(parents=True)
    two.mkdir()
    first, second = await watching.hear(a_target(one)), await watching.hear(a_target(two))
    assert first.tree is not None
    assert second.tree is not None
    (one / "a").rename(two / "z")
    await first.hears(b"a")
    await second.hears(b"z")
    await first.calm()
    await second.calm()
    assert (first.tree.count, second.tree.count) == (1, 3)
    first.hints.clear()
    (two / "z" / "b" / "note.txt").write_text("x")
    await second.hears(b"z/b/note.txt")
    await first.calm()
    assert first.paths == set()


@pytest.mark.parametrize("how", ["delete", "move", "unmount"])
async def test_a_root_that_goes_is_told_once(
    root: Path, watching: Watching, tmp_path: Path, how: str
) -> None:
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    if how == "delete":
        root.rmdir()
    elif how == "move":
        root.rename(tmp_path / "elsewhere")
    else:
        watching.inotify._structure(heard.tree.top.wd, IN_UNMOUNT | IN_ISDIR, 0, b"")
        (root / "any").touch()
    await until(lambda: heard.gone == 1)
    await until(lambda: heard.tree is not None and heard.tree.count == 0)
    heard.tree.close()
    assert heard.gone == 1
    assert not watching.inotify._watches.owners


async def test_a_root_that_is_not_there_is_an_error(root: Path, watching: Watching) -> None:
    with pytest.raises(NeedsUserError, match="missing: there is no such folder"):
        await watching.hear(a_target(root / "missing"))
    (root / "file").touch()
    with pytest.raises(NeedsUserError, match="cannot watch"):
        await watching.hear(a_target(root / "file"))


async def test_only_the_folder_below_is_watched(root: Path, watching: Watching) -> None:
    (root / "docs" / "deep").mkdir(parents=True)
    (root / "src").mkdir()
    heard = await watching.hear(a_target(root, below=b"docs"))
    assert heard.tree is not None
    assert heard.tree.count == 2
    (root / "src" / "x").touch()
    (root / "docs" / "deep" / "y").touch()
    await heard.hears(b"docs/deep/y")
    await heard.calm()
    assert heard.paths == {b"docs/deep/y"}


async def test_a_closed_watch_is_silent_and_lets_go(root: Path, watching: Watching) -> None:
    (root / "a").mkdir()
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    (root / "before").touch()
    heard.tree.close()
    (root / "after").touch()
    await until(lambda: not watching.inotify._watches.owners)
    assert heard.hints == []
    assert heard.tree.count == 0


async def test_closing_while_the_watches_are_placed_ends_the_waiting(
    root: Path, watching: Watching
) -> None:
    for number in range(300):
        (root / str(number)).mkdir()
    tree = watching.inotify.watch(a_target(root), lambda hint: None)
    tree.close()
    await tree.placed()
    await until(lambda: not watching.inotify._watches.owners)


async def test_who_hears_a_hint_may_close_and_watch_anew(root: Path, watching: Watching) -> None:
    heard = await watching.hear(a_target(root))
    first = heard.tree
    assert first is not None

    def again(hint: object) -> None:
        first.close()
        heard.tree = watching.inotify.watch(a_target(root), heard)

    first._on_hint = again
    (root / "one").touch()
    await until(lambda: heard.tree is not first)
    assert heard.tree is not None
    await heard.tree.placed()
    (root / "two").touch()
    await heard.hears(b"two")


async def test_all_that_happens_at_once_is_one_hint(root: Path, watching: Watching) -> None:
    heard = await watching.hear(a_target(root))
    for number in range(500):
        (root / str(number)).touch()
    await heard.hears(*(b"%d" % number for number in range(500)))
    assert len(heard.hints) <= 3


async def test_a_storm_is_read_in_few_bites(root: Path, watching: Watching) -> None:
    heard = await watching.hear(a_target(root))
    start = time.monotonic()
    for number in range(2_000):
        (root / str(number)).touch()
        await asyncio.sleep(0)
    await heard.hears(b"1999")
    assert len(heard.hints) < 2 * (time.monotonic() - start) / READ_PAUSE
    assert len(heard.paths) == 2_000


async def test_very_many_paths_are_everything(root: Path, watching: Watching) -> None:
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    for number in range(20_001):
        heard.tree.top.touch(b"%d" % number)
    heard.tree.flush(drained=True)
    await until(lambda: heard.everything)
    assert heard.hints == [Touched(None)]
