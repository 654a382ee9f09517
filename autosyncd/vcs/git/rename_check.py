"""Whether a clean merge by git kept every change of a file that the other side renamed.

A file that one side changed and the other deleted is a conflict, unless git takes the deletion for
half of a rename and merges the change into the new name. Where both sides have the same file at
that new name, git (up to 2.55 at least) takes one of the two contents and drops the other without
a word; conflict copies, which are the same on all machines, lead right there. So it is counted:
each such change must show in a path that only the renaming side has.
"""

from autosyncd.vcs.git.auxiliary import Auxiliary
from autosyncd.vcs.git.objects import difference, entries_at
from autosyncd.vcs.tree.entry import Difference, Entry

_Side = dict[bytes, Difference]


async def keeps_changes(auxiliary: Auxiliary, base: str, left: str, right: str, tree: str) -> bool:
    """Whether `tree`, which git merged from two sides without a conflict, has all they changed."""
    one = await _changes(auxiliary, base, left)
    two = await _changes(auxiliary, base, right)
    return await _followed(auxiliary, tree, one, two) and await _followed(auxiliary, tree, two, one)


async def _changes(auxiliary: Auxiliary, base: str, side: str) -> _Side:
    return {change.path: change for change in await difference(auxiliary.git, base, side)}


async def _followed(auxiliary: Auxiliary, tree: str, changer: _Side, renamer: _Side) -> bool:
    changed = sum(
        1
        for path, change in renamer.items()
        if change.new is None and path in changer and changer[path].new
    )
    if not changed:
        return True
    targets = _targets(changer, renamer)
    merged = await entries_at(auxiliary.git, tree, targets)
    return changed == sum(1 for path, entry in targets.items() if merged.get(path) != entry)


def _targets(changer: _Side, renamer: _Side) -> dict[bytes, Entry]:
    """The new names that can be meant: what the renaming side added, and it alone."""
    return {
        path: change.new
        for path, change in renamer.items()
        if change.new and change.old is None and path not in changer
    }
