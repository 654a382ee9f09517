"""Whatever is done to a tree, and whenever: what differs was hinted at, and all is watched.

Hypothesis makes up the trees and the operations, and shrinks what fails. In CI it makes up the same
ones each time.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from autosyncd.watch.inotify import Inotify
from tests.watch.heard import Mirror, a_target, contents, folder_count
from tests.watch.test_watch_races import exchange

LIMIT = 60.0

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something done to one or two places in a tree; `pause` seconds follow."""

    name: str
    one: Place
    two: Place
    pause: float


def make(one: Path, _two: Path) -> None:
    one.mkdir(parents=True)


def fill(one: Path, _two: Path) -> None:
    """A new folder with a file in it, and in one below."""
    (one / "b" / "c").mkdir(parents=True)
    (one / "file").write_bytes(b"%d" % time.monotonic_ns())
    (one / "b" / "c" / "file").write_bytes(b"%d" % time.monotonic_ns())


def write(one: Path, _two: Path) -> None:
    one.write_bytes(b"%d" % time.monotonic_ns())


def rename(one: Path, two: Path) -> None:
    one.rename(two)


def swap(one: Path, two: Path) -> None:
    exchange(one, two)


def away_and_back(one: Path, two: Path) -> None:
    """Out of the tree and in again, changed meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder) / "x"
        one.rename(outside)
        if outside.is_dir():
            (outside / "changed").write_bytes(b"%d" % time.monotonic_ns())
        outside.rename(two)


def delete(one: Path, _two: Path) -> None:
    if one.is_dir() and not one.is_symlink():
        shutil.rmtree(one)
    else:
        one.unlink()


def again(one: Path, two: Path) -> None:
    """Deleted and made again."""
    delete(one, two)
    fill(one, two)


def to_file(one: Path, two: Path) -> None:
    delete(one, two)
    write(one, two)


def to_link(one: Path, two: Path) -> None:
    delete(one, two)
    one.symlink_to("a")


OPERATIONS: dict[str, Callable[[Path, Path], None]] = {
    act.__name__: act
    for act in (make, fill, write, rename, swap, away_and_back, delete, again, to_file, to_link)
}

places = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple)
operations = st.lists(
    st.builds(
        Operation,
        st.sampled_from(sorted(OPERATIONS)),
        places,
        places,
        st.sampled_from((0.0, 0.0, 0.0, 0.0005)),
    ),
    max_size=60,
)


def perform(root: Path, done: Sequence[Operation]) -> None:
    """What fails has not happened."""
    for operation in done:
        try:
            OPERATIONS[operation.name](root.joinpath(*operation.one), root.joinpath(*operation.two))
        except OSError:
            continue
        finally:
            time.sleep(operation.pause)


async def story(
    root: Path,
    before: Sequence[Operation],
    placing: Sequence[Operation],
    after: Sequence[Operation],
) -> None:
    """As a worker does: everything is looked at once the watches are placed, and then what is
    hinted at. Some is done while they are placed, and perhaps still after that."""
    perform(root, before)
    with closing(Inotify()) as inotify:
        mirror = Mirror(root)
        mirror.tree = inotify.watch(a_target(root), mirror)
        working = asyncio.create_task(asyncio.to_thread(perform, root, placing))
        await mirror.tree.placed()
        mirror.look(b"")
        await working
        await asyncio.to_thread(perform, root, after)
        await mirror.calm()
        assert mirror.view == contents(root)
        assert mirror.tree.count == folder_count(root)


@settings(max_examples=60, deadline=None, derandomize=os.environ.get("CI") == "true")
@given(before=operations, placing=operations, after=operations)
def test_what_changed_was_hinted_at_and_all_folders_are_watched(
    before: list[Operation], placing: list[Operation], after: list[Operation]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "tree"
        root.mkdir()
        asyncio.run(asyncio.wait_for(story(root, before, placing, after), LIMIT))
