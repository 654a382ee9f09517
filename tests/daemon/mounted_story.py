"""Daemons over a folder below which file systems come and go: `FOLDER STORY`, in a mount namespace
of its own."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from autosyncd.api.events import Committed
from autosyncd.vcs.hg.backend import HgBackend
from tests.daemon.house import House, git, house, quick
from tests.vcs.hg.hg_world import Template, hg

LIMIT = 60.0


def prepare(folder: Path) -> tuple[Path, Path]:
    """A clone with files in `photos`, and another machine's."""
    os.environ["HOME"] = str(folder)
    (folder / ".gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.org\n")
    (folder / "state").mkdir()
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(folder, "clone", "-q", "remote.git", "docs")
    docs = folder / "docs"
    (docs / "photos").mkdir()
    for name in ("readme", "photos/a", "photos/b"):
        (docs / name).write_text("old\n")
    push(docs)
    git(folder, "clone", "-q", "remote.git", "other")
    return docs, folder / "other"


def push(folder: Path) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "by hand")
    git(folder, "push", "-q", "-u", "origin", "HEAD:main")
    return git(folder, "rev-parse", "HEAD")


async def hidden(folder: Path) -> None:
    """What an accidental mount hides is not deleted, also over a restart, and nobody waits."""
    docs, other = prepare(folder)
    settings = [quick(docs, pull_interval=0.2)]
    async with house(folder, settings) as home:
        await home.until_state("docs", "idle")
        mount("-t", "tmpfs", "none", str(docs / "photos"))
        await home.until(lambda: held(home) == ["photos"], LIMIT)
        (docs / "photos" / "stray").write_text("stray\n")
        (docs / "readme").write_text("mine\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 1, LIMIT)
        await home.daemon.sync(None, wait=True)
        assert changed(docs) == ["readme"]
    git(other, "pull", "-q")
    (other / "photos" / "a").write_text("theirs\n")
    (other / "photos" / "new").write_text("theirs\n")
    (other / "news").write_text("theirs\n")
    theirs = push(other)
    async with house(folder, settings) as home:
        await home.until(lambda: (docs / "news").exists(), LIMIT)
        await home.until(lambda: git(docs, "rev-parse", "HEAD") == theirs, LIMIT)
        await home.until_state("docs", "idle")
        assert held(home) == ["photos"]
        assert os.listdir(docs / "photos") == ["stray"]
        unmount(docs / "photos")
        await home.until(lambda: (docs / "photos" / "new").exists(), LIMIT)
        await home.until(lambda: not held(home), LIMIT)
        await home.until_state("docs", "idle")
        assert (docs / "photos" / "a").read_text() == "theirs\n"
        assert not home.of_kind(Committed)
    assert git(docs, "rev-parse", "HEAD") == theirs
    assert git(docs, "status", "--porcelain") == ""


async def belongs(folder: Path) -> None:
    """One that is there from the start belongs there: its going deletes nothing."""
    docs, _ = prepare(folder)
    disk = folder / "disk"
    (docs / "photos").rename(disk)
    (docs / "photos").mkdir()
    mount("--bind", str(disk), str(docs / "photos"))
    async with house(folder, [quick(docs)]) as home:
        await home.until_state("docs", "idle")
        (docs / "photos" / "a").write_text("mine\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 1, LIMIT)
        await home.until_state("docs", "idle")
        await home.until(lambda: unmounted(docs / "photos"), LIMIT)
        await home.until(lambda: held(home) == ["photos"], LIMIT)
    async with house(folder, [quick(docs)]) as home:
        await home.until_state("docs", "idle")
        (docs / "readme").write_text("mine\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 1, LIMIT)
        assert held(home) == ["photos"]
        assert changed(docs) == ["readme"]
        (disk / "b").write_text("elsewhere\n")
        mount("--bind", str(disk), str(docs / "photos"))
        await home.until(lambda: len(home.of_kind(Committed)) == 2, LIMIT)
        await home.until(lambda: not held(home), LIMIT)
        assert changed(docs) == ["photos/b"]
        (docs / "photos" / "a").write_text("watched\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 3, LIMIT)


async def meant(folder: Path) -> None:
    """The user says that what is mounted there now belongs there."""
    docs, _ = prepare(folder)
    async with house(folder, [quick(docs)]) as home:
        await home.until_state("docs", "idle")
        mount("-t", "tmpfs", "none", str(docs / "photos"))
        (docs / "photos" / "c").write_text("new\n")
        await home.until(lambda: held(home) == ["photos"], LIMIT)
        assert (await home.daemon.approve("docs", ["photos"])).approved == ("photos",)
        await home.until(lambda: len(home.of_kind(Committed)) == 1, LIMIT)
        assert changed(docs) == ["photos/a", "photos/b", "photos/c"]
        assert held(home) == []


async def hg_waits(folder: Path) -> None:
    """With Mercurial, what comes in for a hidden folder waits, and comes once it is to be seen."""
    os.environ["HOME"] = str(folder)
    shared, docs, other = folder / "shared", folder / "docs", folder / "other"
    Template.make(folder / "made", {b"readme": b"old\n", b"photos/a": b"old\n"})
    (folder / "made" / "shared").rename(shared)
    for place in (docs, other):
        shutil.copytree(folder / "made" / "clone", place)
        (place / ".hg" / "hgrc").write_text(f"[paths]\ndefault = {shared}\n")
    settings = [quick(docs, pull_interval=0.2)]
    async with house(folder, settings, (HgBackend(),)) as home:
        await home.until_state("docs", "idle")
        mount("-t", "tmpfs", "none", str(docs / "photos"))
        await home.until(lambda: held(home) == ["photos"], LIMIT)
        (other / "photos" / "a").write_text("theirs\n")
        hg(other, "commit", "-q", "-m", "by hand")
        hg(other, "push", "-q")
        await home.until(lambda: "what is mounted at photos" in (reason(home) or ""), LIMIT)
        (docs / "readme").write_text("mine\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 1, LIMIT)
        assert os.listdir(docs / "photos") == []
        unmount(docs / "photos")
        await home.until(lambda: (docs / "photos" / "a").read_text() == "theirs\n", LIMIT)
        await home.until(lambda: not held(home), LIMIT)
        await home.until_state("docs", "idle")
    assert hg(docs, "status") == b""
    assert hg(docs, "cat", "-r", ".", "readme") == b"mine\n"


def reason(home: House) -> str | None:
    return home.daemon.status(None).repositories[0].reason


def held(home: House) -> list[str]:
    return [one.path for one in home.daemon.held(None).held]


def changed(docs: Path) -> list[str]:
    return git(docs, "diff", "--name-only", "--no-renames", "HEAD~1", "HEAD").splitlines()


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def unmount(folder: Path) -> None:
    """Also if a git looks at it just now."""
    subprocess.run(["umount", "-l", str(folder)], check=True)


def unmounted(folder: Path) -> bool:
    """Whether it could be unmounted."""
    return subprocess.run(["umount", str(folder)], check=False, capture_output=True).returncode == 0


STORIES = {story.__name__: story for story in (hidden, belongs, meant, hg_waits)}

if __name__ == "__main__":
    asyncio.run(STORIES[sys.argv[2]](Path(sys.argv[1])))
