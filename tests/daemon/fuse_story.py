"""A daemon on a FUSE file system, behind whose back files change: `FOLDER`, in a mount namespace
of its own in which bindfs may be mounted."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.daemon.house import House, git, house, quick


async def main(folder: Path) -> None:
    """Changes that make no event here are committed all the same."""
    os.environ["HOME"] = str(folder)
    (folder / ".gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.org\n")
    git(folder, "init", "-q", "-b", "main", "behind")
    docs = folder / "docs"
    docs.mkdir()
    mount(folder / "behind", docs)
    try:
        async with house(folder, [quick(docs, poll_interval=0.3)]) as home:
            await home.until(lambda: home.state("docs") == "idle")
            [status] = home.daemon.status(None).repositories
            print("watches:", status.watches)
            (folder / "behind" / "unseen").write_text("x\n")
            await home.until(lambda: "unseen" in git(folder / "behind", "ls-files"))
            print(await said_by_doctor(home, "note"))
        async with house(folder, [quick(docs, watch="inotify")]) as home:
            await home.until(lambda: home.state("docs") == "idle")
            print(await said_by_doctor(home, "problem"))
    finally:
        unmount(docs)


async def said_by_doctor(home: House, level: str) -> str:
    """What it finds about the file system."""
    found = (await home.daemon.doctor(["docs"])).findings
    [one] = [one for one in found if one.level == level and "it is on" in one.message]
    return f"{one.message}; {one.hint}"


def mount(source: Path, target: Path) -> None:
    """Its server ends when it is unmounted."""
    subprocess.run(["bindfs", str(source), str(target)], check=True, stdout=subprocess.DEVNULL)


def unmount(target: Path) -> None:
    subprocess.run(["umount", str(target)], check=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
