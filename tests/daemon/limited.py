"""A daemon on a disk that does not take any more: `FOLDER full|readonly|denied`.

Run in a process of its own, in which FOLDER may be a small file system.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from autosyncd.api.events import Committed, Integrated, Solved
from tests.daemon.house import House, git, house, quick

NOBODY = 65534
BIG = 300_000


def fill(repository: Path) -> Callable[[], object]:
    """Leave no room on the disk; returns what gives it back."""
    filler = repository.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass
    return filler.unlink


def mount(repository: Path, *options: str) -> None:
    subprocess.run(["mount", *options, str(repository / ".git")], check=True)


def protect(repository: Path) -> Callable[[], object]:
    """Make git's folder read-only, as the kernel does with a failing disk."""
    mount(repository, "--bind", str(repository / ".git"))
    mount(repository, "-o", "remount,ro,bind")
    return lambda: mount(repository, "-o", "remount,rw,bind")


def deny(repository: Path) -> Callable[[], object]:
    """Take the right to write away."""
    folders = [repository / ".git", *(p for p in (repository / ".git").rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)

    def allow() -> None:
        for folder in folders:
            folder.chmod(0o755)

    return allow


KINDS = {"full": fill, "readonly": protect, "denied": deny}
REASONS = {
    "full": "the disk is full",
    "readonly": "the file system is read-only",
    "denied": "no permission to write",
}


def prepare(folder: Path) -> Path:
    """A remote, and a clone of it with one commit."""
    if os.geteuid() == 0 and sys.argv[2] == "denied":
        os.chown(folder, NOBODY, NOBODY)
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.environ["HOME"] = str(folder)
    (folder / ".gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.org\n")
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(folder, "clone", "-q", "remote.git", "docs")
    (folder / "docs" / "readme").write_text("hello\n")
    git(folder / "docs", "add", "-A")
    git(folder / "docs", "commit", "-q", "-m", "first")
    git(folder / "docs", "push", "-q", "-u", "origin", "HEAD:main")
    return folder / "docs"


async def main(folder: Path, kind: str) -> None:
    """Say what is wrong, lose nothing, and go on by itself."""
    docs = prepare(folder)
    (folder / "state").mkdir()
    async with house(folder, [quick(docs)]) as home:
        await home.until_state("docs", "idle")
        (docs / "kept").write_bytes(os.urandom(BIG))
        before = (docs / "kept").read_bytes()
        await home.until(lambda: len(home.of_kind(Committed)) == 1)
        await home.until_state("docs", "idle")
        again = KINDS[kind](docs)
        (docs / "readme").write_text("h\n")
        (docs / "kept").touch()
        (docs / "readme").chmod(0o755)
        await home.until(lambda: REASONS[kind] in reason(home))
        await home.until_state("docs", "blocked")
        print(reason(home))
        again()
        await goes_on(home)
        assert (docs / "kept").read_bytes() == before
        assert git(docs, "status", "--porcelain") == ""
        assert git(docs, "show", "HEAD:readme") == "h"
        git(docs, "fsck", "--strict", "--no-dangling")
        assert not home.of_kind(Integrated)


def reason(home: House) -> str:
    return home.daemon.status(None).repositories[0].reason or ""


async def goes_on(home: House) -> None:
    """Nobody has to do anything; here a sync only makes it faster."""
    await home.until(lambda: len(home.of_kind(Committed)) == 2, limit=60)
    await home.until_state("docs", "idle")
    assert home.of_kind(Solved)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
