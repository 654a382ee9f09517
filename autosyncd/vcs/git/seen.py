"""What the remote had: our own record, which follows its branch, but never a rewritten history."""

from dataclasses import dataclass

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.refs import Ref, is_ancestor
from autosyncd.vcs.git.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Tip:
    """What counts as the remote's tip; `rewritten` is what it has instead, if that is no heir."""

    commit: str | None
    rewritten: str | None = None


async def find_tip(git: Git, seen: Ref | None, tracking: Ref | None, head: Ref | None) -> Tip:
    """Judge what git's tracking branch holds by what we saw before."""
    new = tracking.commit.id if tracking else None
    old = seen.commit.id if seen else None
    if new is None or old is None or new == old:
        return Tip(new if old is None else old)
    if await is_ancestor(git, old, new) or await _accepted(git, old, new, head):
        return Tip(new)
    return Tip(old, rewritten=new)


async def _accepted(git: Git, old: str, new: str, head: Ref | None) -> bool:
    """Whether the user has dealt with it: HEAD has the new history, by merge or by going there.

    A remote that went back to an ancestor is contained in HEAD from the start; there only leaving
    what it dropped counts, for else the next push would bring that back.
    """
    if head is None:
        return True
    here = head.commit.id
    if not await is_ancestor(git, new, here):
        return False
    return not (await is_ancestor(git, new, old) and await is_ancestor(git, old, here))


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
