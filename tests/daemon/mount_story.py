"""A daemon whose folder is a mount that goes and comes back: `FOLDER`, in a mount namespace of its
own. Prints the state while it is away."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from autosyncd.api.events import Committed
from tests.daemon.house import git, house, quick


async def main(folder: Path) -> None:
    """Nothing is committed while it is away, and everything once it is back."""
    os.environ["HOME"] = str(folder)
    (folder / ".gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.org\n")
    git(folder, "init", "-q", "-b", "main", "disk")
    (folder / "disk" / "file").write_text("x\n")
    docs = folder / "docs"
    docs.mkdir()
    mount("--bind", str(folder / "disk"), str(docs))
    async with house(folder, [quick(docs)]) as home:
        await home.until_number(Committed, 1)
        await home.until_state("docs", "idle")
        await home.until(lambda: unmounted(docs))
        (folder / "disk" / "file").write_text("changed elsewhere\n")
        await home.until_state("docs", "blocked")
        print(home.state("docs"), len(home.of_kind(Committed)))
        mount("--bind", str(folder / "disk"), str(docs))
        await home.until_number(Committed, 2)
        await home.until_state("docs", "idle")
        (docs / "file").write_text("changed here\n")
        await home.until_number(Committed, 3)
    assert unmounted(docs)


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def unmounted(folder: Path) -> bool:
    """Whether it could be unmounted: git may be at work in it just now."""
    return subprocess.run(["umount", str(folder)], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
