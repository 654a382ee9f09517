"""One descriptor for all trees: shared folders, limits of the kernel, and a loop that goes on."""

import asyncio
import errno
import os
import time
from pathlib import Path

import pytest

from autosyncd.errors import WatchLimitError
from autosyncd.watch.base import WatchLimited
from autosyncd.watch.inotify import Inotify
from autosyncd.watch.kernel import Kernel
from tests.watch.heard import Heard, Watching, a_target, until


class Stingy(Kernel):
    """A kernel that allows few watches, and some folders not at all."""

    def __init__(self, allowed: int, denied: bytes = b"\0") -> None:
        super().__init__()
        self.allowed = allowed
        self.denied = denied
        self.given: set[int] = set()

    def add(self, path: bytes) -> int:
        if path.endswith(self.denied):
            raise PermissionError(errno.EACCES, "Permission denied")
        wd = super().add(path)
        if wd not in self.given and len(self.given) == self.allowed:
            super().remove(wd)
            raise OSError(errno.ENOSPC, "No space left on device")
        self.given.add(wd)
        return wd


class Exhausted(Kernel):
    """A kernel that allows no instance."""

    def open(self) -> int:
        raise OSError(errno.EMFILE, "Too many open files")


async def test_two_hundred_trees_need_one_instance(watching: Watching, tmp_path: Path) -> None:
    heard = []
    for number in range(200):
        (tmp_path / "trees" / str(number)).mkdir(parents=True)
        heard.append(await watching.hear(a_target(tmp_path / "trees" / str(number))))
    links = [os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
    kinds = [os.readlink(link) for link in links if os.path.islink(link)]
    assert kinds.count("anon_inode:inotify") == 1
    for number in range(200):
        (tmp_path / "trees" / str(number) / "file").touch()
    for each in heard:
        await each.hears(b"file")


async def test_trees_that_share_folders_hear_alike_and_part_in_peace(
    root: Path, watching: Watching
) -> None:
    (root / "a" / "b").mkdir(parents=True)
    outer = await watching.hear(a_target(root))
    inner = await watching.hear(a_target(root, below=b"a"))
    assert outer.tree is not None
    assert inner.tree is not None
    (root / "a" / "b" / "one").touch()
    await outer.hears(b"a/b/one")
    await inner.hears(b"a/b/one")
    outer.tree.close()
    await until(lambda: outer.tree is not None and outer.tree.count == 0)
    (root / "a" / "b" / "two").touch()
    await inner.hears(b"a/b/two")
    assert inner.tree.count == 2


async def test_the_control_folder_is_watched_but_not_below(root: Path, watching: Watching) -> None:
    control = root / ".git"
    (control / "objects").mkdir(parents=True)
    heard = await watching.hear(a_target(root, control_dirs=(control,)))
    assert heard.tree is not None
    assert heard.tree.count == 1
    (control / "objects" / "HEAD").touch()
    (control / "index.lock").touch()
    await heard.calm()
    assert heard.hints == []
    (control / "HEAD").write_text("x")
    (control / "HEAD").write_text("y")
    await until(lambda: heard.control == 1)
    await heard.calm()
    assert heard.control == 1
    assert heard.paths == set()


async def test_a_control_folder_that_is_made_anew_is_watched_again(
    root: Path, watching: Watching
) -> None:
    control = root / ".git"
    control.mkdir()
    heard = await watching.hear(a_target(root, control_dirs=(control,)))
    control.rmdir()
    await until(lambda: heard.control > 0)
    control.mkdir()
    await heard.calm()
    heard.hints.clear()
    (control / "HEAD").touch()
    await until(lambda: heard.control > 0)


async def test_a_control_folder_that_comes_later_is_watched_from_then_on(
    root: Path, watching: Watching
) -> None:
    control = root / ".git"
    control.mkdir()
    heard = await watching.hear(a_target(root, control_dirs=(control, control / "refs")))
    (control / "refs").mkdir()
    await heard.calm()
    (control / "refs" / "HEAD").touch()
    await until(lambda: heard.control > 0)


async def test_too_few_watches_are_told_once_with_the_remedy(root: Path) -> None:
    for number in range(20):
        (root / str(number)).mkdir()
    inotify = Inotify(Stingy(allowed=5))
    try:
        heard = await Watching(inotify).hear(a_target(root))
        assert heard.tree is not None
        await until(lambda: bool(heard.limited))
        assert heard.tree.count == 5
        [told] = heard.limited
        assert told.message.startswith("cannot watch 16 of 21 folders")
        allowed = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
        line, enough = told.hint.strip("`").rsplit("=", 1)
        assert line.endswith("sysctl fs.inotify.max_user_watches")
        assert int(enough) > allowed
        assert int(enough).bit_count() == 1
        for folder in range(20):  # what is watched stays watched
            (root / str(folder) / "new").touch()
        (root / "more").mkdir()
        await heard.hears(b"more")
        await heard.calm()
        assert len([path for path in heard.paths if path.endswith(b"/new")]) == 4
        assert len(heard.limited) == 1
    finally:
        inotify.close()


async def test_the_remedy_counts_the_folders_of_all_trees(tmp_path: Path) -> None:
    inotify = Inotify(Stingy(allowed=1))
    try:
        for name in ("one", "two"):
            (tmp_path / name / "sub").mkdir(parents=True)
        first = await Watching(inotify).hear(a_target(tmp_path / "one"))
        second = await Watching(inotify).hear(a_target(tmp_path / "two"))
        await until(lambda: bool(first.limited and second.limited))
        assert second.limited[0].message.startswith("cannot watch 3 of 4 folders")
        assert isinstance(second.limited[0], WatchLimited)
    finally:
        inotify.close()


async def test_no_instance_is_an_error_with_the_remedy(root: Path) -> None:
    with pytest.raises(WatchLimitError) as caught:
        Inotify(Exhausted()).watch(a_target(root), lambda hint: None)
    assert "max_user_instances" in caught.value.message
    assert "sysctl fs.inotify.max_user_instances=" in (caught.value.hint or "")


async def test_a_folder_without_permission_is_tried_again_when_it_changes(root: Path) -> None:
    (root / "secret" / "deep").mkdir(parents=True)
    kernel = Stingy(allowed=100, denied=b"/secret")
    inotify = Inotify(kernel)
    try:
        heard = await Watching(inotify).hear(a_target(root))
        assert heard.tree is not None
        assert heard.tree.count == 1
        kernel.denied = b"\0"
        (root / "secret").chmod(0o750)
        await until(lambda: heard.tree is not None and heard.tree.count == 3)
        (root / "secret" / "deep" / "x").touch()
        await heard.hears(b"secret/deep/x")
    finally:
        inotify.close()


async def test_the_loop_goes_on_while_many_watches_are_placed(root: Path) -> None:
    for number in range(6_000):
        (root / str(number)).mkdir()
    inotify = Inotify()
    try:
        heard = Heard(root)
        heard.tree = inotify.watch(a_target(root), heard)
        gaps: list[float] = []
        placed = asyncio.create_task(heard.tree.placed())
        while not placed.done():
            start = time.thread_time()
            await asyncio.sleep(0)
            gaps.append(time.thread_time() - start)
        assert heard.tree.count == 6_001
        assert len(gaps) > 2
        assert max(gaps) < 0.05
        start = time.thread_time()
        heard.tree.close()
        assert time.thread_time() - start < 0.05
        await until(lambda: not inotify._watches.owners)
    finally:
        inotify.close()


async def test_small_trees_need_not_wait_for_large_ones(tmp_path: Path, watching: Watching) -> None:
    number = 20_000
    for name in range(number):
        (tmp_path / "large" / str(name)).mkdir(parents=True)
    (tmp_path / "small").mkdir()
    large = watching.inotify.watch(a_target(tmp_path / "large"), lambda hint: None)
    small = watching.inotify.watch(a_target(tmp_path / "small"), lambda hint: None)
    await small.placed()
    assert large.count < number
    await large.placed()
    assert large.count == number + 1


async def test_closing_ends_all_and_a_new_watch_begins_anew(root: Path) -> None:
    inotify = Inotify()
    first = await Watching(inotify).hear(a_target(root))
    inotify.close()
    assert first.tree is not None
    await first.tree.placed()
    first.tree.close()
    second = await Watching(inotify).hear(a_target(root))
    (root / "file").touch()
    await second.hears(b"file")
    assert first.hints == []
    inotify.close()
    inotify.close()
