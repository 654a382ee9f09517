"""What the remote had: our own record, which follows its branch, but never a rewritten history."""

from dataclasses import dataclass

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.git.commits import Commits
from autosyncd.vcs.git.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Tip:
    """What counts as the remote's tip; `rewritten` is what it has instead, if that is no heir."""

    commit: str | None
    rewritten: str | None = None


async def find_tip(commits: Commits, old: str | None, new: str | None, head: str | None) -> Tip:
    """Judge what git's tracking branch holds, `new`, by what we saw before, `old`."""
    if new is None or old is None or new == old:
        return Tip(new if old is None else old)
    if await commits.is_ancestor(old, new) or await _accepted(commits, old, new, head):
        return Tip(new)
    return Tip(old, rewritten=new)


async def _accepted(commits: Commits, old: str, new: str, head: str | None) -> bool:
    """Whether the user has dealt with it: HEAD has the new history, by merge or by going there.

    A remote that went back to an ancestor is contained in HEAD from the start; there only leaving
    what it dropped counts, for else the next push would bring that back.
    """
    if head is None:
        return True
    if not await commits.is_ancestor(new, head):
        return False
    return not (await commits.is_ancestor(new, old) and await commits.is_ancestor(old, head))


def rewritten(upstream: Upstream) -> RemoteNeedsUserError:
    """Somebody rewrote what we had taken from the remote."""
    theirs = f"{upstream.remote}/{upstream.branch}"
    return RemoteNeedsUserError(
        f"the history of {upstream.branch} at {upstream.remote} was rewritten; nothing was changed "
        "here",
        hint=f"to take theirs: `git reset --keep {theirs}`; to keep both: `git merge {theirs}`",
    )


def unrelated(upstream: Upstream) -> RemoteNeedsUserError:
    """The two sides have nothing in common."""
    theirs = f"{upstream.remote}/{upstream.branch}"
    return RemoteNeedsUserError(
        f"{upstream.branch} at {upstream.remote} has no history in common with the one here",
        hint="correct the remote's URL, or join the two by hand: "
        f"`git merge --allow-unrelated-histories {theirs}`",
    )
