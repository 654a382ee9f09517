"""A daemon on a disk that takes no more of Mercurial: `FOLDER full|fetch|readonly`.

Run in a process of its own, in which FOLDER is a small file system.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from autosyncd.api.events import Committed, Integrated, Pushed, Solved
from autosyncd.vcs.hg.backend import HgBackend
from tests.daemon.house import House, house, quick
from tests.daemon.limited import fill
from tests.vcs.hg.hg_world import hg

BIG = 300_000


def protect(repository: Path) -> Callable[[], object]:
    """Make Mercurial's folder read-only, as the kernel does with a failing disk."""

    def mount(*options: str) -> None:
        subprocess.run(["mount", *options, str(repository / ".hg")], check=True)

    mount("--bind", str(repository / ".hg"))
    mount("-o", "remount,ro,bind")
    return lambda: mount("-o", "remount,rw,bind")


KINDS = {"full": fill, "fetch": fill, "readonly": protect}


def prepare(folder: Path) -> Path:
    """A remote on another disk, and a clone of it with one commit."""
    os.environ["HOME"] = str(folder)
    (folder / ".hgrc").write_text("[ui]\nusername = T <t@example.org>\n")
    shared = folder.parent / "shared"
    hg(folder, "init", shared)
    hg(folder, "clone", "-q", shared, "docs")
    (folder / "docs" / "readme").write_text("hello\n")
    hg(folder / "docs", "commit", "-q", "-A", "-m", "first")
    hg(folder / "docs", "push", "-q")
    return folder / "docs"


async def main(folder: Path, kind: str) -> None:
    """Say what is wrong, lose nothing, and go on by itself."""
    docs = prepare(folder)
    (folder / "state").mkdir()
    other = folder.parent / "other"
    hg(folder, "clone", "-q", folder.parent / "shared", other)
    async with house(folder, [quick(docs)], (HgBackend(),)) as home:
        await home.until_state("docs", "idle")
        before = os.urandom(BIG)
        (docs / "kept").write_bytes(before)
        await home.until(lambda: len(home.of_kind(Pushed)) == 1)
        await home.until_state("docs", "idle")
        if kind == "fetch":
            hg(other, "pull", "-q", "-u")
            (other / "theirs").write_bytes(before[::-1])
            hg(other, "commit", "-q", "-A", "-m", "theirs")
            hg(other, "push", "-q")
        again = KINDS[kind](docs)
        if kind != "fetch":
            with (docs / "readme").open("r+") as file:
                file.write("jello\n")
        await home.daemon.sync(["docs"], wait=True)
        await home.until_state("docs", "blocked")
        print(reason(home))
        assert hg(docs, "log", "-T", "x") == b"xx"
        again()
        await home.daemon.sync(["docs"], wait=True)
        await goes_on(home, docs, kind)
        assert (docs / "kept").read_bytes() == before
        assert hg(docs, "status") == b""
        for root in (docs, folder.parent / "shared"):
            hg(root, "verify", "-q")


def reason(home: House) -> str:
    return home.daemon.status(None).repositories[0].reason or ""


async def goes_on(home: House, docs: Path, kind: str) -> None:
    """Nobody has to do anything; here a sync only makes it faster."""
    if kind == "fetch":
        await home.until(lambda: len(home.of_kind(Integrated)) == 1)
        assert (docs / "theirs").stat().st_size == BIG
    else:
        await home.until(lambda: len(home.of_kind(Committed)) == 2)
        assert (docs / "readme").read_text() == "jello\n"
        assert hg(docs, "cat", "-r", ".", "readme") == b"jello\n"
    await home.until_state("docs", "idle")
    await home.until(lambda: bool(home.of_kind(Solved)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
