"""The index of an update: prepared in a private copy, put in place under git's own lock."""

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import index_info
from autosyncd.vcs.git.unsupported import incoming_trouble
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.signature import Signature, signature_at

_ARGUMENTS_LIMIT = 32_000

_REFRESH = ("-c", "core.preloadIndex=false", "add", "--refresh", "--")
_FEW = 32
"""Named paths are compared with every entry of the index."""


class StagedError(Exception):
    """The user has other versions of these `paths` in the index."""

    def __init__(self, paths: tuple[bytes, ...]) -> None:
        super().__init__("staged")
        self.paths = paths


@dataclass(frozen=True, slots=True)
class Flags:
    """Paths that the user told git to leave alone in the working tree."""

    assumed: frozenset[bytes]
    skipped: frozenset[bytes]

    @property
    def left_alone(self) -> frozenset[bytes]:
        return self.assumed | self.skipped


@dataclass(frozen=True, slots=True)
class NextIndex:
    """A private index that is what the real one (as `base` was) becomes with the update."""

    path: Path
    base: Signature | None


def _private_index(layout: Layout) -> Path:
    """A name that no git process left over from before a crash can still be writing to."""
    return layout.own / f"move-{time.time_ns()}.index"


async def read_flags(
    git: Git, layout: Layout, changes: Sequence[Difference], *, sparse: bool
) -> Flags:
    """Which of the changed paths are assume-unchanged, skip-worktree or outside the cone."""
    paths = {change.path for change in changes}
    short = sum(map(len, paths)) + len(paths) < _ARGUMENTS_LIMIT
    out = await git.output("ls-files", "-v", "-z", "--", *(sorted(paths) if short else ()))
    tagged = [(line[:1], line[2:]) for line in out.split(b"\0") if line]
    assumed = {path for tag, path in tagged if tag.islower() and path in paths}
    skipped = {path for tag, path in tagged if tag in b"Ss" and path in paths}
    if sparse:
        added = [change.path for change in changes if change.old is None and change.new]
        skipped |= await _outside(git, layout, added)
    return Flags(frozenset(assumed), frozenset(skipped))


async def _outside(git: Git, layout: Layout, paths: Sequence[bytes]) -> set[bytes]:
    """Which paths a sparse checkout leaves out: git-sparse-checkout(1) `reapply` says it, of an
    index that holds just them, in an empty work tree."""
    index, folder = _private_index(layout), layout.own / "sparse"
    empty = await git.line("hash-object", "-w", "--stdin")
    folder.mkdir(parents=True, exist_ok=True)
    await git.output("read-tree", "--empty", index=index)
    entries = [(path, Entry("100644", empty)) for path in paths]
    listing = index_info(entries, layout.zero)
    await git.output("update-index", "-z", "--index-info", stdin=listing, index=index)
    where = {"GIT_DIR": os.fspath(layout.git_dir), "GIT_WORK_TREE": os.fspath(folder)}
    await git.output(
        "-C", os.fspath(folder), "sparse-checkout", "reapply", index=index, environment=where
    )
    out = await git.output("ls-files", "-t", "-z", index=index)
    return {line[2:] for line in out.split(b"\0") if line[:1] == b"S"}


async def prepare(
    git: Git, layout: Layout, old: str, new: str, changes: Sequence[Difference], flags: Flags
) -> NextIndex:
    """Make the next index. Raises StagedError where the user's staging contradicts the update,
    and RemoteNeedsUserError for a name that git never takes into an index."""
    path = _private_index(layout)
    base = signature_at(layout.index)
    if base:
        shutil.copyfile(layout.index, path)
        # By the index's time git tells which files may have changed in the instant they were added.
        os.utime(path, ns=(base.mtime_ns, base.mtime_ns))
    moved = await git.run("read-tree", "-i", "-m", old, new, index=path)
    if moved.returncode:
        staged = await _staged(git, old, changes)
        if staged:
            raise StagedError(staged)
        failure = RetryError(f"cannot update the index: {moved.complaint}")
        raise incoming_trouble(moved.complaint) or failure
    await _flag(git, path, "--assume-unchanged", flags.assumed, changes)
    await _flag(git, path, "--skip-worktree", flags.skipped, changes)
    return NextIndex(path, base)


async def _flag(
    git: Git, index: Path, flag: str, paths: frozenset[bytes], changes: Sequence[Difference]
) -> None:
    kept = sorted(c.path for c in changes if c.path in paths and c.new)
    if kept:
        listing = b"".join(path + b"\0" for path in kept)
        await git.output("update-index", "-z", flag, "--stdin", stdin=listing, index=index)


async def _staged(git: Git, old: str, changes: Sequence[Difference]) -> tuple[bytes, ...]:
    """Where the index has neither the old nor the new version, or a file in a folder's place."""
    out = await git.output("diff-index", "--cached", "--raw", "-z", "--no-renames", old, "--")
    fields = out.split(b"\0")
    held = {fields[i + 1]: fields[i].split(b" ")[3] for i in range(0, len(fields) - 1, 2)}
    wanted = {c.path: c.new.oid.encode() if c.new else None for c in changes}
    folders = {parent for path in wanted for parent in _parents(path)}
    return tuple(
        path
        for path, oid in held.items()
        if (path in wanted and wanted[path] != oid)
        or (
            path not in wanted and (path in folders or not wanted.keys().isdisjoint(_parents(path)))
        )
    )


def _parents(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    return [b"/".join(parts[:depth]) for depth in range(1, len(parts))]


def current(layout: Layout, index: NextIndex) -> bool:
    """Whether the real index is still the one that the next one was made of."""
    return signature_at(layout.index) == index.base


async def install(git: Git, layout: Layout, index: NextIndex, paths: Sequence[bytes]) -> None:
    """Put the next index in place; the lock must be held.

    It gets to know the files at `paths`, which have just come. A few are named: else git would
    look at every file that there is.
    """
    if len(paths) <= _FEW and sum(map(len, paths)) < _ARGUMENTS_LIMIT:
        if paths:
            await git.run(*_REFRESH, *paths, index=index.path)
    else:
        await git.run("update-index", "-q", "--refresh", index=index.path)
    index.path.replace(layout.index)


def drop_private_indexes(layout: Layout) -> None:
    """Remove the private indexes of an update, and their locks."""
    for path in layout.own.glob("move-*.index*"):
        path.unlink(missing_ok=True)
