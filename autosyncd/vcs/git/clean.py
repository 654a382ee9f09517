"""What git would store of files in the working tree, after its filters."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from autosyncd.vcs.git.command import Git


async def clean_ids(git: Git, paths: Sequence[bytes]) -> tuple[str | None, ...]:
    """The id that each file would get, from one git process; None where it can't be read.

    git-hash-object(1) ends at the first bad file; what comes after it is asked again.
    """
    found: list[str | None] = []
    while len(found) < len(paths):
        rest = paths[len(found) :]
        listing = b"".join(_quoted(path) + b"\n" for path in rest)
        said = await git.run("hash-object", "--stdin-paths", stdin=listing)
        ids = said.stdout.decode("ascii").split()
        found += ids
        if len(ids) < len(rest):
            found.append(None)
    return tuple(found)


async def on_disk_ids(git: Git, root: Path, paths: Sequence[bytes]) -> Mapping[bytes, str | None]:
    """What git would store of files and links; None where nothing is, and "" for anything else,
    which no entry has."""
    links = await asyncio.to_thread(_links, root, paths)
    files = [path for path in paths if path not in links]
    found = dict(zip(files, await clean_ids(git, files), strict=True))
    gone = await asyncio.to_thread(_missing, root, files)
    ids = {path: None if path in gone else oid or "" for path, oid in found.items()}
    for path, target in links.items():
        ids[path] = await git.line("hash-object", "--stdin", "--no-filters", stdin=target)
    return ids


def _links(root: Path, paths: Sequence[bytes]) -> dict[bytes, bytes]:
    full = {path: root / os.fsdecode(path) for path in paths}
    return {p: os.fsencode(file.readlink()) for p, file in full.items() if file.is_symlink()}


def _missing(root: Path, paths: Sequence[bytes]) -> set[bytes]:
    return {path for path in paths if not os.path.lexists(root / os.fsdecode(path))}


def _quoted(path: bytes) -> bytes:
    """As C quotes a string: a name may hold a newline, or begin with a quote."""
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
