"""A copy of the user's index in our own folder, in which a commit is prepared."""

import asyncio
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import index_info, parse_difference
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.signature import Signature, signature, signature_at
from autosyncd.vcs.tree.storage import storage_trouble

_ADD = ("update-index", "-z", "--add", "--remove", "--replace", "--ignore-skip-worktree-entries")
_BATCH = ("-c", "core.fsyncMethod=batch")
FEW = 16
"""More files than these are made durable together: one by one takes 3 ms each."""
COPY_SIZE = 1 << 20
_IGNORED = b"Ignoring path "


@dataclass(frozen=True, slots=True)
class PrivateIndex:
    """An index file that nobody else uses, at `file`."""

    git: Git
    layout: Layout
    file: Path

    async def copy(self) -> Signature | None:
        """Start from the user's index as it is now; returns its signature, None without one."""
        return await asyncio.to_thread(self._copy)

    def _copy(self) -> Signature | None:
        """A second name for the file serves as a copy, since git never writes into an index."""
        self.clear()
        try:
            os.link(self.layout.index, self.file)
        except FileNotFoundError:
            return None
        except OSError:
            return self._real_copy()
        return signature_at(self.file)

    def _real_copy(self) -> Signature:
        """The time is copied, too: git tells by it which entries may have changed unnoticed."""
        with self.layout.index.open("rb") as source, self.file.open("xb") as target:
            status = os.fstat(source.fileno())
            shutil.copyfileobj(source, target, COPY_SIZE)
        os.utime(self.file, ns=(status.st_atime_ns, status.st_mtime_ns))
        return signature(status)

    def clear(self) -> None:
        """Remove it, and what a killed git left beside it."""
        self.file.parent.mkdir(mode=0o700, exist_ok=True)
        self.file.unlink(missing_ok=True)
        self.file.with_name(self.file.name + ".lock").unlink(missing_ok=True)

    async def read(self, tree: str) -> None:
        """Start from a tree instead."""
        self.clear()
        await self.git.output("read-tree", tree, index=self.file)

    async def differences(self, tree: str) -> dict[bytes, Difference]:
        """Where it differs from a tree (git-diff-index(1))."""
        out = await self.git.output(
            *("diff-index", "--cached", "-z", "--raw", "--no-renames", "--no-abbrev"),
            *("--ignore-submodules=none", tree, "--"),
            index=self.file,
        )
        return {found.path: found for found in parse_difference(out)}

    async def take(self, paths: tuple[bytes, ...]) -> dict[bytes, str]:
        """Take in what is on disk at these paths, or that nothing is there.

        Returns those that git refuses, and why. git takes all or nothing: where it stops, halving
        finds the paths that it stops at, and the others are taken.
        """
        if not paths:
            return {}
        stdin = b"".join(path + b"\0" for path in paths)
        options = _BATCH if len(paths) > FEW else ()
        finished = await self.git.run(*options, *_ADD, "--stdin", index=self.file, stdin=stdin)
        if not finished.returncode:
            return _passed_over(finished.stderr, paths)
        if trouble := storage_trouble(finished.complaint, "commit"):
            raise trouble
        if len(paths) == 1:
            return {paths[0]: reason(finished.complaint)}
        middle = len(paths) // 2
        return {**await self.take(paths[:middle]), **await self.take(paths[middle:])}

    async def put(self, entries: Iterable[tuple[bytes, Entry | None]]) -> None:
        """Write entries without looking at the disk; None removes."""
        if stdin := index_info(entries, self.layout.zero):
            await self.git.output(
                "update-index", "-z", "--index-info", stdin=stdin, index=self.file
            )

    async def write_tree(self) -> str:
        """Its content as a tree object."""
        finished = await self.git.run("write-tree", index=self.file)
        if finished.returncode:
            raise GitError(("write-tree",), finished)
        return finished.stdout.decode("ascii").strip()


def _passed_over(stderr: bytes, paths: tuple[bytes, ...]) -> dict[bytes, str]:
    """Names that git never stores are left out without a failure."""
    if _IGNORED not in stderr:
        return {}
    return {path: "no such name" for path in paths if _IGNORED + path + b"\n" in stderr}


def reason(complaint: str) -> str:
    """The first line that says more than that it failed."""
    lines = [line.partition(": ")[2] for line in complaint.splitlines() if ": " in line]
    telling = [line for line in lines if not line.startswith(("Unable to process", "unable to"))]
    return (telling or lines or ["it did not say why"])[0]
