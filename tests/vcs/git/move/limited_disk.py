"""Moves a tree on a disk that gets full: `FOLDER full|limit`; run in a process of its own."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from autosyncd.errors import ToolError
from tests.vcs.git.move.playground import Playground

LEFT = 500_000


def fill(folder: Path) -> Callable[[], None]:
    """Leave little room on the disk; returns what gives it back."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    filler.write_bytes(b"\0" * (room.f_bavail * room.f_frsize - LEFT))
    return filler.unlink


def limit() -> Callable[[], None]:
    """Let no file grow larger than little; returns what allows it again."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LEFT, resource.RLIM_INFINITY))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


async def main(folder: Path, kind: str) -> None:
    """Fail for want of room, with nothing changed; then succeed."""
    repo = Playground(folder / "tree")
    old = repo.start({"a": "1", "big": "small"})
    new = repo.commit(old, {"a": "2", "big": b"x" * (2 * LEFT)})
    free = fill(folder) if kind == "full" else limit()
    try:
        await repo.move(old, new)
    except ToolError as error:
        print(error.line())
    else:
        raise SystemExit("it went well on a full disk")
    assert repo.tree() == {"a": "1", "big": "small"}
    assert repo.leftovers() == []
    free()
    assert (await repo.move(old, new)).done
    repo.settled_at(new)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
