"""Examines a repository on a small disk, in a mount namespace of its own."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.doctor.conftest import git, problems

OPTIONS = {"full": "size=1m", "readonly": "size=100m", "inodes": "size=100m,nr_inodes=300"}


async def main(folder: str, kind: str) -> None:
    """Print what is found."""
    disk = Path(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", OPTIONS[kind], "tmpfs", folder], check=True)
    docs = disk / "docs"
    subprocess.run(["git", "init", "-q", "--template=", str(docs)], check=True)
    (docs / "a").write_text("x")
    git(docs, "add", "a")
    git(docs, "-c", "user.name=T", "-c", "user.email=t@x", "commit", "-q", "-m", "x")
    if kind == "readonly":
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    os.environ["HOME"] = str(disk.parent / "home")
    said = await problems(docs, sync="commit")
    print(said)
    command = said.splitlines()[0].split("`")[-2]
    subprocess.run(["sh", "-c", command], cwd="/", check=True, stdout=subprocess.DEVNULL)
    if kind == "readonly":
        print("then:", await problems(docs, sync="commit"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
