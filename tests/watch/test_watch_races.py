"""Nothing is lost while folders come, go and move faster than watches are placed.

A mirror copies what each hint names when it hears it: in the end it must be like the tree.
"""

import asyncio
import ctypes
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autosyncd.watch import visiting
from autosyncd.watch.kernel import IN_CREATE, IN_ISDIR
from autosyncd.watch.node import Node
from autosyncd.watch.visiting import Visiting
from tests.watch.heard import Mirror, Watching, a_target, contents, folder_count, until

ROUNDS = 200
AT_FDCWD = -100
EXCHANGE = 2  # renameat2(2)

_libc = ctypes.CDLL(None)


async def agrees(mirror: Mirror, root: Path) -> None:
    """The mirror holds what the tree holds, and every folder is watched."""
    await mirror.calm()
    assert mirror.view == contents(root)
    assert mirror.tree is not None
    assert mirror.tree.count == folder_count(root)


def deep_and_full(root: Path, number: int) -> None:
    folder = root / f"d{number}" / "b" / "c"
    folder.mkdir(parents=True)
    (folder / "file").write_text(str(number))
    (folder.parent / "file").write_text(str(number))


def renamed_while_filled(root: Path, number: int) -> None:
    folder, renamed = root / f"d{number}", root / f"e{number}"
    (folder / "sub").mkdir(parents=True)
    (folder / "one").write_text("1")
    folder.rename(renamed)
    (renamed / "sub" / "two").write_text("2")
    (renamed / "sub").rename(root / f"f{number}")
    (root / f"f{number}" / "three").write_text("3")


def deleted_and_made_again(root: Path, number: int) -> None:
    folder = root / f"d{number % 7}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / f"file{number}").write_text(str(number))


def replaced_by_a_file_and_back(root: Path, number: int) -> None:
    place = root / f"d{number % 5}"
    if place.is_dir():
        shutil.rmtree(place)
        place.write_text(str(number))
    else:
        place.unlink(missing_ok=True)
        (place / "sub").mkdir(parents=True)
        (place / "sub" / "file").write_text(str(number))


def swapped(root: Path, number: int) -> None:
    one, two, aside = root / "one", root / "two", root / "aside"
    for folder in (one, two):
        (folder / "sub").mkdir(parents=True, exist_ok=True)
    one.rename(aside)
    (aside / "sub" / "x").write_text(str(number))
    two.rename(one)
    aside.rename(two)
    (two / "sub" / "y").write_text(str(number))


def moved_out_and_back(root: Path, number: int) -> None:
    outside = root.parent / f"outside{number}"
    (root / f"d{number}" / "sub").mkdir(parents=True)
    (root / f"d{number}").rename(outside)
    (outside / "sub" / "file").write_text(str(number))
    outside.rename(root / f"e{number}")
    (root / f"e{number}" / "sub" / "late").write_text(str(number))


def exchange(one: Path, two: Path) -> bool:
    """Swap two names in one step, as `mv --exchange` does; says whether it was possible."""
    names = os.fsencode(one), os.fsencode(two)
    done: int = _libc.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], EXCHANGE)
    return done == 0


def exchanged(root: Path, number: int) -> None:
    one, two = root / "one", root / "two"
    for folder in (one, two):
        (folder / "sub").mkdir(parents=True, exist_ok=True)
    assert exchange(one, two)
    (one / "sub" / "x").write_text(str(number))
    (two / "sub" / "y").write_text(str(number))


@pytest.mark.parametrize(
    "act",
    [
        deep_and_full,
        renamed_while_filled,
        deleted_and_made_again,
        replaced_by_a_file_and_back,
        swapped,
        exchanged,
        moved_out_and_back,
    ],
)
async def test_nothing_is_lost(
    root: Path, watching: Watching, act: Callable[[Path, int], None]
) -> None:
    mirror = await watching.mirror(a_target(root))

    def work() -> None:
        for number in range(ROUNDS):
            act(root, number)
            time.sleep(random.choice((0, 0, 0.0005)))

    await asyncio.to_thread(work)
    await agrees(mirror, root)


async def test_nothing_is_lost_while_the_first_watches_are_placed(
    root: Path, watching: Watching
) -> None:
    for number in range(ROUNDS):
        (root / f"d{number}" / "b" / "c").mkdir(parents=True)
    mirror = Mirror(root)
    mirror.tree = watching.inotify.watch(a_target(root), mirror)

    def work() -> None:
        for number in range(ROUNDS):
            renamed_while_filled(root, number)

    await asyncio.gather(asyncio.to_thread(work), mirror.tree.placed())
    mirror.look(b"")
    await agrees(mirror, root)


async def test_random_operations_in_two_overlapping_trees(root: Path, watching: Watching) -> None:
    (root / "a").mkdir()
    outer = await watching.mirror(a_target(root))
    inner = await watching.mirror(a_target(root, below=b"a"))
    inner.view = contents(root, b"a")
    await asyncio.to_thread(random_operations, root / "a", random.Random(1), 500)
    await agrees(outer, root)
    await inner.calm()
    assert inner.view == contents(root, b"a")


async def test_lost_events_mean_everything_and_all_is_watched_again(
    root: Path, watching: Watching
) -> None:
    (root / "doomed" / "sub").mkdir(parents=True)
    (root / "old").mkdir()
    mirror = await watching.mirror(a_target(root))
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    name = os.fsencode(root) + b"/old/%d"
    for number in range(limit // 2 + 100):  # without an await: nobody reads meanwhile
        os.close(os.open(name % number, os.O_CREAT | os.O_WRONLY))
    shutil.rmtree(root / "doomed")
    (root / "old").rename(root / "new")
    deep_and_full(root, 1)
    await until(lambda: mirror.everything)
    await agrees(mirror, root)
    (root / "d1" / "b" / "c" / "later").write_text("x")
    await mirror.hears(b"d1/b/c/later")


async def test_a_storm_is_followed_completely(root: Path, watching: Watching) -> None:
    mirror = await watching.mirror(a_target(root))

    def work() -> None:
        for number in range(40):
            folder = os.fsencode(root / f"d{number % 10}" / str(number))
            os.makedirs(folder)
            for file in range(100):
                os.close(os.open(folder + b"/%d" % file, os.O_CREAT | os.O_WRONLY))

    await asyncio.to_thread(work)
    await agrees(mirror, root)


def random_operations(root: Path, dice: random.Random, count: int) -> None:
    """Any thing that can be done to a tree, in any order; what fails has not happened."""
    outside = root.parent / f"out-{dice.random()}"
    outside.mkdir()
    for number in range(count):
        try:
            _random_operation(root, outside, dice, number)
        except OSError:
            continue
        if dice.random() < 0.1:
            time.sleep(0.001)
    shutil.rmtree(outside)


def _random_operation(root: Path, outside: Path, dice: random.Random, number: int) -> None:
    one, two = _place(root, dice), _place(root, dice)
    away = outside / str(dice.randrange(3))
    match dice.randrange(10):
        case 0 | 1:
            one.write_bytes(b"%d" % number)
        case 2 | 3:
            one.mkdir(parents=True)
        case 4 | 5:
            one.rename(two)
        case 6:
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
        case 7:
            one.rename(away) if dice.random() < 0.5 else away.rename(one)
        case 8:
            exchange(one, two)
        case _:
            one.symlink_to("a")


def _place(root: Path, dice: random.Random) -> Path:
    depth = dice.choice((1, 1, 2, 2, 3, 4))
    return root.joinpath(*(dice.choice("abc") for _ in range(depth)))


async def test_a_folder_found_by_its_event_first_has_one_node(
    root: Path, watching: Watching, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("a", "b", "c"):
        (root / name).mkdir()
    settle = Visiting._settle

    def interrupted(self: Visiting, parent: Node, *rest: Any) -> Iterator[None]:
        for _ in settle(self, parent, *rest):
            for name in (b"a", b"b", b"c"):
                parent.change(IN_CREATE | IN_ISDIR, 0, name)
            yield

    monkeypatch.setattr(visiting, "_STRIDE", 1)
    monkeypatch.setattr(Visiting, "_settle", interrupted)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 4
    (root / "c").rename(tmp_path / "outside")
    await heard.hears(b"c")
    await heard.calm()
    assert heard.tree.count == 3
