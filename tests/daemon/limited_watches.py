"""A daemon under the kernel's real limits: `FOLDER watches|instances`, in a user namespace of its
own. What it prints is what it told."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from autosyncd.api.events import Problem, Solved
from tests.daemon.house import House, git, house, quick

SETTINGS = {"watches": "user/max_inotify_watches", "instances": "user/max_inotify_instances"}
ALLOWED = {"watches": 30, "instances": 1}


def prepare(folder: Path) -> Path:
    """A repository with more folders than the kernel will allow to watch."""
    os.environ["HOME"] = str(folder)
    (folder / ".gitconfig").write_text("[user]\n\tname = T\n\temail = t@example.org\n")
    git(folder, "init", "-q", "-b", "main", "docs")
    for number in range(60):
        (folder / "docs" / f"d{number}").mkdir()
        (folder / "docs" / f"d{number}" / "file").write_text("x\n")
    git(folder / "docs", "add", "-A")
    git(folder / "docs", "commit", "-q", "-m", "first")
    return folder / "docs"


async def main(folder: Path, kind: str) -> None:
    """Say what is missing, miss nothing, and go over to watching once it may be."""
    docs = prepare(folder)
    setting = Path("/proc/sys", SETTINGS[kind])
    setting.write_text(str(ALLOWED[kind]))
    taken = occupy() if kind == "instances" else None
    async with house(folder, [quick(docs, poll_interval=0.2)]) as home:
        await home.until(lambda: bool(home.of_kind(Problem)))
        problem = next(event for event in home.events if isinstance(event, Problem))
        print(problem.message, problem.hint, sep="\n")
        await commits_everywhere(home, docs, "limited")
        assert (problem.message, problem.hint) in await troubles(home)
        raise_limit(problem.hint or "")
        await home.until(lambda: any(one.operation == "watch" for one in solved(home)))
        [status] = home.daemon.status(None).repositories
        print("watches:", status.watches)
        assert await troubles(home) == []
        await commits_everywhere(home, docs, "watched")
    if taken is not None:
        os.close(taken)


async def troubles(home: House) -> list[tuple[str, str | None]]:
    """What doctor finds wrong, and its cure."""
    findings = (await home.daemon.doctor(None)).findings
    return [(one.message, one.hint) for one in findings if one.level == "problem"]


def solved(home: House) -> list[Solved]:
    """The problems that are over."""
    return [event for event in home.events if isinstance(event, Solved)]


def occupy() -> int:
    """Take the only inotify instance there is."""
    import pyinotify

    descriptor: int = pyinotify.INotifyWrapper.create().inotify_init()
    assert descriptor >= 0
    return descriptor


async def commits_everywhere(home: House, docs: Path, text: str) -> None:
    """A change in any folder is committed."""
    for number in (0, 20, 40, 59):
        (docs / f"d{number}" / "file").write_text(f"{text} {number}\n")
    await home.until(lambda: git(docs, "status", "--porcelain") == "")
    await home.until_state("docs", "idle")


def raise_limit(hint: str) -> None:
    """Do what the hint says; where there is no sysctl(8), as it would."""
    found = re.fullmatch(r"allow more with: `(sysctl (\S+)=(\d+))`", hint)
    assert found, hint
    if shutil.which("sysctl"):
        subprocess.run(found[1].split(), check=True, stdout=subprocess.DEVNULL)
    else:
        Path("/proc/sys", found[2].replace(".", "/")).write_text(found[3])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
