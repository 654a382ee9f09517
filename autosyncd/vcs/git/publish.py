"""Making a finished commit the branch's new head: the index first, then the ref, under one lock.

The lock file says whose it is, and stays in place, with that content, until both are done. So,
wherever we are killed:

* before the lock: objects that nothing points to, and files in our own folder; nothing happened;
* with the lock, before the index: the same, and a lock that the next start recognises as ours;
* between index and ref: the index holds what the disk holds, as if the user had staged it. The
  next look finds it different from HEAD and commits it. The other order would show the user's git
  a staged undoing of the new commit;
* after the ref: all is done but for our lock and a spare copy of the old index.

At the end both names are flushed: git flushes the files, but not that they have taken the places
of the old ones, and what we say is committed has to survive a power cut.

If the ref can't be moved, since somebody moved it (they need no index.lock for that), the former
index is put back under the same lock, and the commit is made anew on what is there now.
"""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from autosyncd.errors import RetryError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.index_memory import same_index
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import locked
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.git.refs import branch_folders, branch_ref, current_branch
from autosyncd.vcs.tree.durable import flush_folders
from autosyncd.vcs.tree.signature import Signature, signature_at


class MovedError(RetryError):
    """HEAD or the index is not what the commit was made from."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A commit `new` on `branch`, made from the head `old` (None: unborn) and the index `base`."""

    branch: str
    old: str | None
    new: str
    base: Signature | None


async def publish(
    git: Git, index: PrivateIndex, work: Publication, at: Callable[[str], None]
) -> Signature | None:
    """Put the private index into place and move the branch; returns the new index's signature.

    Raises MovedError when what the commit was made from is not there any more.
    """
    layout = index.layout
    with locked(layout.index):
        at("locked")
        if await current_branch(git, layout) != work.branch or not same_index(
            signature_at(layout.index), work.base
        ):
            raise MovedError("somebody used git while a commit was made")
        _keep(layout, existed=work.base is not None)
        index.file.replace(layout.index)
        at("installed")
        await _move_branch(git, layout, work)
        at("published")
        signature = signature_at(layout.index)
    (layout.own / "index.before").unlink(missing_ok=True)
    await asyncio.to_thread(flush_folders, branch_folders(layout, work.branch))
    return signature


async def _move_branch(git: Git, layout: Layout, work: Publication) -> None:
    finished = await git.run(
        *("update-ref", "-m", "commit (autosync)", branch_ref(work.branch)),
        *(work.new, work.old or layout.zero),
    )
    if not finished.returncode:
        return
    if work.base is None:
        layout.index.unlink(missing_ok=True)
    else:
        (layout.own / "index.before").replace(layout.index)
    if ".lock': File exists" in finished.complaint:
        raise RetryError(
            f"git is at work on the branch {work.branch}: {finished.complaint.splitlines()[0]}",
            hint="it goes on by itself when that git command has ended",
        )
    raise MovedError(f"somebody moved the branch {work.branch} while a commit was made")


def _keep(layout: Layout, *, existed: bool) -> None:
    """Keep the present index, for the case that the ref can't be moved."""
    spare = layout.own / "index.before"
    spare.unlink(missing_ok=True)
    if not existed:
        return
    try:
        os.link(layout.index, spare)
    except OSError:
        shutil.copy2(layout.index, spare)
