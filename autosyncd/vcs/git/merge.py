"""Two commits become one, in the object database alone.

The result is a pure function of the two commits, whatever their order, and of the policy: machines
that merge the same commits at the same time make the identical commit, so that merging ends.
"""

from dataclasses import dataclass

from autosyncd.vcs.git.ancestry import merge_bases, newest_date, require_history, virtual_base
from autosyncd.vcs.git.auxiliary import Auxiliary, open_auxiliary
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.commits import Commits
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.rename_check import keeps_changes
from autosyncd.vcs.git.resolver import Resolution, Sides, resolve
from autosyncd.vcs.merging.merge_message import merge_message
from autosyncd.vcs.merging.outcome import ConflictNote
from autosyncd.vcs.merging.policy import Policy

__all__ = ["ConflictNote", "MergeResult", "contained", "merge_commits"]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The commit that contains both sides, or None if the user wants to decide about `stopped`."""

    commit: str | None
    notes: tuple[ConflictNote, ...] = ()
    stopped: tuple[bytes, ...] = ()


def contained(commits: Commits, a: str, b: str) -> MergeResult | None:
    """The commit of two that is known, without asking, to have all that the other one has."""
    if commits.knows_ancestor(a, b):
        return MergeResult(b)
    return MergeResult(a) if commits.knows_ancestor(b, a) else None


async def merge_commits(git: Git, layout: Layout, a: str, b: str, policy: Policy) -> MergeResult:
    """Merge two commits, given by their full ids; touches no ref, no index and no working tree.

    If one contains the other, it is the result and nothing is written. Raises
    RemoteNeedsUserError for unrelated histories and for shallow ones that are cut too early.
    """
    auxiliary = open_auxiliary(git, layout)
    left, right = sorted((a, b))
    bases = await merge_bases(auxiliary.git, left, right)
    if left in bases or right in bases:
        return MergeResult(right if left in bases else left)
    await require_history(auxiliary.git, layout, left, right, bases)
    resolution = await _merged_tree(auxiliary, left, right, bases, policy)
    if resolution.tree is None:
        return MergeResult(None, stopped=resolution.stopped)
    when = await newest_date(auxiliary.git, left, right)
    message = merge_message(resolution.notes)
    commit = await auxiliary.commit(resolution.tree, (left, right), when, message)
    return MergeResult(commit, resolution.notes)


async def _merged_tree(
    auxiliary: Auxiliary, left: str, right: str, bases: tuple[str, ...], policy: Policy
) -> Resolution:
    """Git's own merge, which knows renames, if it is clean; else the one of the resolver."""
    merged = await auxiliary.merge(left, right)
    base = await virtual_base(auxiliary, bases)
    if merged.clean and await keeps_changes(auxiliary, base, left, right, merged.tree):
        return Resolution(merged.tree)
    return await resolve(auxiliary, Sides(left, right, base, frozenset(merged.stages)), policy)
