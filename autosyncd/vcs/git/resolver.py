"""The tree of a merge with conflicts: decided path by path, the same on every machine.

Only contents that one of the sides has, or that git merged without a conflict, are ever placed: no
conflict marker can appear. The table of cases (both = both sides changed the path):

- both, text, different lines: merged;
- both, anything else: the newer version keeps the name, the other one becomes a conflict copy, or
  with `newest` stays in history only;
- changed and deleted: the change stays;
- a file and a folder: the folder keeps the name, the file becomes a conflict copy;
- modes: whoever changed the mode;
- a submodule that does not keep its name: its id is in the note and in history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autosyncd.vcs.git.auxiliary import Auxiliary
from autosyncd.vcs.git.copies import place_copies
from autosyncd.vcs.git.objects import amend_tree, difference
from autosyncd.vcs.git.recency import last_changes
from autosyncd.vcs.git.text_merge import merge_texts
from autosyncd.vcs.merging.outcome import Changes, ConflictNote, Loser, choose, clear, notes_of
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.merging.three_way import Comparison, compare, files_in_the_way
from autosyncd.vcs.tree.entry import Difference


@dataclass(frozen=True, slots=True)
class Sides:
    """Two commits and their base; `reported` are the paths in which git saw a conflict."""

    left: str
    right: str
    base: str
    reported: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The merged tree, or the paths for which the user wants none to be made."""

    tree: str | None
    notes: tuple[ConflictNote, ...] = ()
    stopped: tuple[bytes, ...] = ()


async def resolve(auxiliary: Auxiliary, sides: Sides, policy: Policy) -> Resolution:
    """Merge what git can't: a pure function of the sides, their history and the policy."""
    left = await difference(auxiliary.git, sides.base, sides.left)
    right = await difference(auxiliary.git, sides.base, sides.right)
    comparison = compare(left, right)
    texts = await merge_texts(auxiliary, comparison.clashes)
    clashes = tuple(clash for clash in comparison.clashes if clash.path not in texts)
    changes = {**comparison.settled, **texts}
    in_the_way = files_in_the_way(path for path, entry in changes.items() if entry)
    if stopped := _stopped(policy, sides, comparison, {c.path for c in clashes}.union(in_the_way)):
        return Resolution(None, stopped=stopped)
    paths = tuple(clash.path for clash in clashes)
    times = await last_changes(auxiliary.git, sides.left, sides.right, paths)
    losers = choose(clashes, times, policy, changes)
    losers += clear(in_the_way, changes)
    copies = await _keep(auxiliary, sides.left, losers, changes)
    tree = await _write(auxiliary, sides.left, left, changes)
    return Resolution(tree, notes_of(losers, copies, comparison.revived))


def _stopped(
    policy: Policy, sides: Sides, comparison: Comparison, conflicts: set[bytes]
) -> tuple[bytes, ...]:
    """What git calls a conflict counts too, though it may be settled here, unless git made up the
    name."""
    known = {*comparison.settled, *(clash.path for clash in comparison.clashes)}
    concerned = conflicts | (sides.reported & known)
    return tuple(sorted(path for path in concerned if policy.of(path) == "stop"))


async def _keep(
    auxiliary: Auxiliary, treeish: str, losers: Sequence[Loser], changes: Changes
) -> dict[bytes, bytes]:
    """Add the copies to the changes; returns which path's is where."""
    kept = [loser for loser in losers if loser.kept]
    versions = [(loser.path, loser.entry) for loser in kept]
    placed = await place_copies(auxiliary.git, treeish, changes, versions)
    changes.update(placed)
    return {loser.path: name for loser, (name, _) in zip(kept, placed, strict=True)}


async def _write(
    auxiliary: Auxiliary, treeish: str, already: Iterable[Difference], changes: Changes
) -> str:
    """Write the tree that the changes make of one that has some of them already."""
    needless = {change.path for change in already if changes[change.path] == change.new}
    needed = {path: entry for path, entry in changes.items() if path not in needless}
    with auxiliary.private_index() as index:
        return await amend_tree(auxiliary.git, treeish, needed, index, auxiliary.zero)
