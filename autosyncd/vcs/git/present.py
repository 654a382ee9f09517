"""What is at a path of the working tree now, put into the object database."""

import asyncio
import os
import stat

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.tree.entry import SYMLINK, Entry
from autosyncd.vcs.tree.grip import file_mode


async def present_entry(git: Git, layout: Layout, path: bytes) -> Entry | None:
    """The file or link at a path as git stores it, stored; None if there is neither.

    Raises RepositoryFailedError if it can't be read.
    """
    full = bytes(layout.root) + b"/" + path
    try:
        mode = (await asyncio.to_thread(os.lstat, full)).st_mode
        if stat.S_ISLNK(mode):
            target = await asyncio.to_thread(os.readlink, full)
            oid = await git.line("hash-object", "-w", "--stdin", "--no-filters", stdin=target)
            return Entry(SYMLINK, oid)
        if not stat.S_ISREG(mode):
            return None
        oid = await git.line("hash-object", "-w", b"--path=" + path, "--", full)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, GitError) as error:
        raise RepositoryFailedError(
            f"cannot keep {printable(path)} as it is now: {error}",
            hint="`--output FILE` writes the earlier version elsewhere",
        ) from error
    return Entry(file_mode(mode), oid)


async def believed_mode(git: Git, entry: Entry, old: Entry | None) -> str:
    """The file's mode, or the old version's where the file system has no executable bit."""
    if old is None or not old.regular or not entry.regular or entry.mode == old.mode:
        return entry.mode
    believed = await git.run("config", "--type=bool", "core.fileMode")
    return old.mode if believed.stdout.strip() == b"false" else entry.mode
