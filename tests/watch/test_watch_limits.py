"""What the kernel does not let us watch is looked at now and then, and watched once it may be."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.watch import limits
from autosyncd.watch.base import Target, Touched, WatchComplete, WatchLimited
from autosyncd.watch.inotify import Inotify
from autosyncd.watch.limits import too_many_events, too_many_instances, too_many_watches
from autosyncd.watch.stopgap import begin
from tests.watch.heard import Heard, Watching, a_target, until
from tests.watch.test_watch_inotify import Exhausted, Stingy


def often(target: Target) -> Target:
    return replace(target, interval=0.05)


@pytest_asyncio.fixture
async def stingy() -> AsyncIterator[tuple[Inotify, Stingy]]:
    kernel = Stingy(allowed=3)
    inotify = Inotify(kernel)
    yield inotify, kernel
    inotify.close()


async def test_what_is_not_watched_is_hinted_at_intervals(
    root: Path, stingy: tuple[Inotify, Stingy]
) -> None:
    for number in range(5):
        (root / f"d{number}" / "sub").mkdir(parents=True)
    heard = await Watching(stingy[0]).hear(often(a_target(root)))
    await until(lambda: bool(heard.limited))
    unwatched = {node.path() for node in heard.tree._folders.unwatched} if heard.tree else set()
    assert len(unwatched) == 8
    await until(lambda: heard.paths >= unwatched)
    heard.hints.clear()
    await until(lambda: heard.paths >= unwatched)  # again and again
    assert not heard.limited  # but told once


async def test_very_many_unwatched_folders_are_everything(
    root: Path, stingy: tuple[Inotify, Stingy]
) -> None:
    for number in range(150):
        (root / str(number)).mkdir()
    heard = await Watching(stingy[0]).hear(often(a_target(root)))
    await until(lambda: b"" in heard.paths)


async def test_what_may_be_watched_later_is_and_that_is_told(
    root: Path, stingy: tuple[Inotify, Stingy]
) -> None:
    inotify, kernel = stingy
    for number in range(20):
        (root / f"d{number}" / "sub").mkdir(parents=True)
    heard = await Watching(inotify).hear(often(a_target(root)))
    await until(lambda: bool(heard.limited))
    (root / "d7" / "sub" / "early").touch()
    kernel.allowed = 1000
    await until(lambda: WatchComplete() in heard.hints)
    assert heard.tree
    assert heard.tree.count == 41
    await heard.hears(b"d7/sub/early")
    heard.hints.clear()
    (root / "d9" / "sub" / "late").touch()
    await heard.hears(b"d9/sub/late")


async def test_an_unwatched_folder_that_has_gone_is_forgotten(
    root: Path, stingy: tuple[Inotify, Stingy]
) -> None:
    for number in range(5):
        (root / f"d{number}").mkdir()
    heard = await Watching(stingy[0]).hear(often(a_target(root)))
    assert heard.tree
    folders = heard.tree._folders
    await until(lambda: len(folders.unwatched) == 3)
    for node in tuple(folders.unwatched):
        (root / (node.path() or b"").decode()).rmdir()
    await until(lambda: not folders.unwatched)
    await until(lambda: WatchComplete() in heard.hints)


async def test_the_control_folder_is_asked_for_when_it_can_not_be_watched(root: Path) -> None:
    control = root / ".git"
    control.mkdir()
    inotify = Inotify(Stingy(allowed=1))
    try:
        heard = await Watching(inotify).hear(often(a_target(root, control_dirs=(control,))))
        (root / "d").mkdir()  # a folder that is not watched sets the looking going
        await until(lambda: heard.control > 1)
    finally:
        inotify.close()


class Reluctant(Exhausted):
    """A kernel that allows no instance before it is told to."""

    allowed = False

    def open(self) -> int:
        return super(Exhausted, self).open() if self.allowed else super().open()


async def test_without_an_instance_everything_is_looked_at_until_there_is_one(root: Path) -> None:
    kernel = Reluctant()
    inotify, heard = Inotify(kernel), Heard(root)
    watch = begin(inotify, often(a_target(root)), heard)
    try:
        await watch.placed()
        assert isinstance(heard.hints[0], WatchLimited)
        await until(lambda: heard.hints.count(Touched(None)) == 2)
        assert watch.count == 0
        (root / "ignored").mkdir()
        watch.follow(IgnoreSources(lines=("ignored",)))
        kernel.allowed = True
        await until(lambda: WatchComplete() in heard.hints)
        assert watch.count == 1
        assert heard.hints[-1] == Touched(None)
        watch.follow(IgnoreSources())
        await until(lambda: watch.count == 2)
        (root / "file").touch()
        await heard.hears(b"file")
    finally:
        watch.close()
        inotify.close()


async def test_a_stopgap_that_is_closed_is_silent(root: Path) -> None:
    inotify, heard = Inotify(Exhausted()), Heard(root)
    watch = begin(inotify, often(a_target(root)), heard)
    await until(lambda: Touched(None) in heard.hints)
    watch.close()
    told = len(heard.hints)
    other = begin(inotify, often(a_target(root)), (later := Heard(root)))
    await until(lambda: later.hints.count(Touched(None)) == 3)
    other.close()
    assert len(heard.hints) == told


def sysctl(folder: Path, **values: int) -> None:
    for name, value in values.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{value}\n")


def test_the_lowest_limit_is_named_with_what_raises_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_SYSCTL", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    sysctl(
        tmp_path,
        fs__inotify__max_user_watches=8192,
        fs__inotify__max_user_instances=128,
        fs__inotify__max_queued_events=16384,
    )
    told = too_many_watches(wanted=100_000, watched=8_000)
    assert "92000 of 100000 folders" in told.message
    assert "8192 watches" in told.message
    assert told.hint == "allow more with: `sysctl fs.inotify.max_user_watches=262144`"
    assert "all 128 inotify instances" in too_many_instances().message
    assert too_many_instances().hint == (
        "allow more with: `sysctl fs.inotify.max_user_instances=256`"
    )
    assert "sysctl fs.inotify.max_queued_events=32768" in too_many_events()
    sysctl(tmp_path, user__max_inotify_watches=100, user__max_inotify_instances=1000)
    told = too_many_watches(wanted=200, watched=100)
    assert told.hint == "allow more with: `sysctl user.max_inotify_watches=8192`"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert limits.as_root("sysctl x=1") == "sudo sysctl x=1"
    assert "fs.inotify.max_user_instances=256" in (too_many_instances().hint or "")
