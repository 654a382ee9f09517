"""The user's own unfinished business, which nobody may touch, and how it ends."""

import os
import shlex
import time
from dataclasses import dataclass

from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import lock_of, locked_since

LOCK_PATIENCE = 10.0
"""Seconds an index.lock may exist before it is worth telling: most last for milliseconds."""


@dataclass(frozen=True, slots=True)
class Business:
    """What is going on, and what ends it."""

    what: str
    cure: str


_MARKS = (
    (
        "rebase-merge",
        "a rebase is in progress",
        "`git rebase --continue`, or `git rebase --abort`",
    ),
    (
        "rebase-apply/applying",
        "a `git am` is in progress",
        "`git am --continue`, or `git am --abort`",
    ),
    (
        "rebase-apply",
        "a rebase is in progress",
        "`git rebase --continue`, or `git rebase --abort`",
    ),
    ("MERGE_HEAD", "a merge is in progress", "`git commit`, or `git merge --abort`"),
    (
        "CHERRY_PICK_HEAD",
        "a cherry-pick is in progress",
        "`git cherry-pick --continue`, or `git cherry-pick --abort`",
    ),
    (
        "REVERT_HEAD",
        "a revert is in progress",
        "`git revert --continue`, or `git revert --abort`",
    ),
    (
        "sequencer",
        "a series of cherry-picks or reverts is in progress",
        "`git cherry-pick --continue`, or `git cherry-pick --quit`",
    ),
    ("BISECT_LOG", "a bisect is in progress", "`git bisect reset`"),
    ("BISECT_START", "a bisect is in progress", "`git bisect reset`"),
)
"""In git's own folder, so each linked worktree has its own (git-rev-parse(1), --git-path)."""

UNMERGED = Business(
    "some files have unresolved conflicts",
    "`git status` names them: resolve them, then `git add` them",
)


def unfinished(layout: Layout) -> Business | None:
    """An operation of the user's that git is in the middle of."""
    for mark, what, cure in _MARKS:
        if os.path.lexists(layout.git_dir / mark):
            return Business(what, cure)
    return None


def long_locked(layout: Layout) -> Business | None:
    """An index.lock that is more than a moment old."""
    since = locked_since(layout.index)
    if since is None or time.time() - since < LOCK_PATIENCE:
        return None
    clock = time.strftime("%H:%M:%S", time.localtime(since))
    lock = shlex.quote(str(lock_of(layout.index)))
    return Business(
        f"git is at work in the repository since {clock}",
        f"finish the git command that runs; if there is none: `rm {lock}`",
    )


def detached(branches_hint: str) -> Business:
    """HEAD is on no branch, so that nobody could say where a commit belongs."""
    return Business("HEAD is detached: no branch is checked out", f"`git switch {branches_hint}`")
