"""A working copy under test: edited as people do, synced step by step as a worker does."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from autosyncd.config.model import OnConflict
from autosyncd.core.plan import Relation
from autosyncd.errors import EditedError, RejectedError, RetryError
from autosyncd.process import Slots
from autosyncd.vcs.base import (
    Change,
    Commit,
    Look,
    OpenOptions,
    Repository,
    Shut,
    nothing_shut,
)
from tests.vcs.contract.subject import Subject, write_files

LIMIT = 60.0
OPENED: list[Repository] = []
"""What the test has opened, to be closed at its end."""

ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Copy:
    """One machine's working copy, opened."""

    subject: Subject
    root: Path
    repository: Repository

    def write(self, files: dict[bytes, bytes]) -> None:
        write_files(self.root, files)

    def path(self, name: bytes) -> Path:
        return self.root / os.fsdecode(name)

    def edit_unseen(self, name: bytes) -> None:
        """Change a file that keeps its size and its time."""
        path = self.path(name)
        status, content = path.stat(), path.read_bytes()
        path.write_bytes(content[:-2] + b"X\n")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def files(self) -> dict[bytes, bytes]:
        """All files and what they hold; of links, where they lead. The tool's own are left out."""
        return files_at(self.root)

    async def settled(self, *paths: bytes) -> Look:
        """Look until nothing is too fresh to be committed."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                look = await self.repository.look(frozenset(paths) if paths else None)
            except RetryError:
                assert time.monotonic() < end
                continue
            if not look.unstable:
                return look
            assert time.monotonic() < end, look.unstable

    async def commit(self, *paths: bytes) -> Commit | None:
        """Commit what differs, in the whole tree or at these paths."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                look = await self.settled(*paths)
                return await self.repository.commit(look, message) if look.changes else None
            except RetryError:
                assert time.monotonic() < end

    async def sync(self) -> None:
        """All that a worker does until it rests; a conflict that is not settled raises Stopped."""
        for _ in range(ROUNDS):
            await self.commit()
            await self.repository.fetch()
            try:
                if await self.exchange():
                    return
            except (RejectedError, EditedError):
                continue
            except RetryError:
                continue
        raise AssertionError(f"{self.root} does not come to rest")

    async def exchange(self) -> bool:
        """Take in what the remote has, give it what it lacks; whether nothing was to be done."""
        standing = await self.repository.inspect()
        assert standing.obstacle is None, standing.obstacle
        match standing.relation:
            case Relation.BEHIND | Relation.DIVERGED:
                await self.take_in()
            case Relation.AHEAD | Relation.UNPUBLISHED:
                assert standing.head
                await self.repository.push(standing.head, standing.branch)
            case _:
                return True
        return False

    async def take_in(self) -> str:
        """Merge, give the merge to the remote, move the tree to it."""
        standing = await self.repository.inspect()
        merge = await self.repository.merge()
        if merge.target is None:
            raise StoppedError(merge.stopped)
        if merge.target != standing.tip:
            await self.repository.push(merge.target, standing.branch)
        await self.repository.move(merge.target, standing.branch)
        return merge.target


class StoppedError(Exception):
    """Both sides changed the same things, and the user has to merge."""

    def __init__(self, paths: tuple[bytes, ...]) -> None:
        super().__init__(paths)
        self.paths = paths


OWN = {b".git", b".hg", b".svn", b".bzr", b"_darcs", b".fslckout", b".mytool"}
"""What tools keep at a working copy's root."""


def files_at(root: Path) -> dict[bytes, bytes]:
    """All files and what they hold; of links, where they lead. The tool's own are left out."""
    found = {}
    control = set(os.listdir(os.fsencode(root))) & OWN
    top = os.fsencode(root)
    for here, folders, names in os.walk(top):
        if here == top:
            folders[:] = [name for name in folders if name not in control]
            names = [name for name in names if name not in control]
        links = [n for n in folders if os.path.islink(os.path.join(here, n))]
        for name in (*names, *links):
            full = os.path.join(here, name)
            link = os.path.islink(full)
            path = os.path.relpath(full, top)
            found[path] = os.readlink(full) if link else Path(os.fsdecode(full)).read_bytes()
    return found


async def message(changes: tuple[Change, ...]) -> str:
    """As the worker writes them, in short."""
    return f"{len(changes)} changed\n\nAutosync-Host: testhost\nAutosync-Id: 0123456789abcdef"


async def close_opened() -> None:
    """At the end of a test."""
    while OPENED:
        await OPENED.pop().close()


async def open_copy(
    subject: Subject,
    folder: Path,
    *,
    on_conflict: OnConflict = "keep-both",
    ignore: tuple[str, ...] = (),
    shut: Shut = nothing_shut,
) -> Copy:
    """Open a working copy, or a folder in one, as the daemon does."""
    options = OpenOptions(
        path=folder,
        remote=None,
        ignore=ignore,
        on_conflict=(("*", on_conflict),),
        commit_hooks=False,
        machine="0123456789abcdef",
        host="testhost",
        slots=Slots(4),
        environment=dict(os.environ),
        shut=shut,
    )
    repository = await subject.backend().open(options)
    OPENED.append(repository)
    return Copy(subject, repository.root, repository)
