"""Versions of tracked paths that are in files elsewhere: into the object database, with git's
filters."""

from collections.abc import Mapping
from pathlib import Path

from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.objects import entries_at
from autosyncd.vcs.git.present import believed_mode
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.tree.entry import Entry
from autosyncd.vcs.tree.grip import file_mode


async def take_outside(
    index: PrivateIndex, tree: str, versions: Mapping[bytes, Path]
) -> frozenset[bytes]:
    """Put the versions, which are regular files, into an index that was made of `tree`.

    Returns the paths of which git could not store the version.
    """
    if not versions:
        return frozenset()
    git, before = index.git, await entries_at(index.git, tree, versions)
    taken = {}
    for path, file in versions.items():
        if oid := await write_blob(git, path, file):
            new = Entry(file_mode(file.stat().st_mode), oid)
            taken[path] = Entry(await believed_mode(git, new, before.get(path)), oid)
    await index.put(taken.items())
    return frozenset(versions.keys() - taken.keys())


async def write_blob(git: Git, path: bytes, file: Path) -> str | None:
    """Store a file as a version of a path (git-hash-object(1)); None if a filter fails."""
    try:
        return await git.line("hash-object", "-w", b"--path=" + path, "--", bytes(file))
    except GitError:
        return None
