"""A watched tree in which things are mounted and unmounted: `FOLDER`, in a mount namespace of its
own."""

import asyncio
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from autosyncd.watch.inotify import Inotify
from tests.watch.heard import Heard, Watching, a_target, folder_count, until

LIMIT = 60.0


async def main(folder: Path) -> None:
    """Each is heard of, by what is in the tree then."""
    root, other = folder / "tree", folder / "other"
    for place in (root / "sub" / "deep", root / "below", other / "new" / "deeper", folder / "far"):
        place.mkdir(parents=True)
    (other / "file").write_text("x\n")
    (root / "one").write_text("x\n")
    with closing(Inotify()) as inotify:
        heard = await Watching(inotify).hear(a_target(root))
        await elsewhere(heard, folder)
        await over_a_folder(heard, root, other)
        await over_a_file(heard, root, other)
        inner = await Watching(inotify).hear(a_target(root, below=b"below"))
        run("mount", "--bind", str(other), str(root))
        await until(lambda: heard.gone == 1 and inner.gone == 1, LIMIT)
    print("done")


async def elsewhere(heard: Heard, folder: Path) -> None:
    """What is mounted outside of it, or leaves the top as it was, is no news."""
    run("mount", "-t", "tmpfs", "none", str(folder / "far"))
    run("mount", "--bind", str(heard.root), str(heard.root))
    run("umount", str(heard.root))
    run("umount", str(folder / "far"))
    (heard.root / "mark").touch()
    await heard.hears(b"mark")
    assert heard.paths == {b"mark"}
    assert heard.gone == 0


async def over_a_folder(heard: Heard, root: Path, other: Path) -> None:
    """Its new content is watched, and later its old one again."""
    assert heard.tree is not None
    count = heard.tree.count
    run("mount", "--bind", str(other), str(root / "sub"))
    await until(lambda: heard.paths >= {b"sub", b"sub/file"}, LIMIT)
    await heard.calm()
    assert heard.tree.count == folder_count(root)
    (root / "sub" / "new" / "deeper" / "made").touch()
    await heard.hears(b"sub/new/deeper/made")
    heard.hints.clear()
    await until(lambda: unmounted(root / "sub"), LIMIT)
    await heard.hears(b"sub")
    await until(lambda: heard.tree is not None and heard.tree.count == count, LIMIT)
    (root / "sub" / "deep" / "again").touch()
    await heard.hears(b"sub/deep/again")


async def over_a_file(heard: Heard, root: Path, other: Path) -> None:
    """It is to be looked at."""
    heard.hints.clear()
    run("mount", "--bind", str(other / "file"), str(root / "one"))
    await until(lambda: b"one" in heard.paths, LIMIT)
    run("umount", str(root / "one"))


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def unmounted(place: Path) -> bool:
    """Whether it could be unmounted: a walk may be in it just now."""
    done = subprocess.run(["umount", str(place)], check=False, capture_output=True)
    return done.returncode == 0


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
