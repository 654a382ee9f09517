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
from autosyncd.vcs.git.objects import GITLINK, Difference, Entry, amend_tree, difference
from autosyncd.vcs.git.policy import Policy
from autosyncd.vcs.git.recency import LEFT, RIGHT, Times, last_changes
from autosyncd.vcs.git.text_merge import merge_texts
from autosyncd.vcs.git.three_way import Clash, Comparison, compare, files_in_the_way


@dataclass(frozen=True, slots=True)
class ConflictNote:
    """What became of a path that both sides changed.

    `copy` is where the other version is; None if there is no other version (one side deleted the
    path), or if it is in history only (`newest`, submodules). `why` says which.
    """

    path: bytes
    copy: bytes | None
    why: str


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


@dataclass(frozen=True, slots=True)
class _Loser:
    """A version that does not keep its name; `kept`: there shall be a copy of it."""

    path: bytes
    entry: Entry
    why: str
    kept: bool = True


_Changes = dict[bytes, Entry | None]


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
    losers = await _choose(auxiliary, sides, policy, clashes, changes)
    losers += _clear(in_the_way, changes)
    copies = await _keep(auxiliary, sides.left, losers, changes)
    tree = await _write(auxiliary, sides.left, left, changes)
    return Resolution(tree, _notes(losers, copies, comparison.revived))


def _stopped(
    policy: Policy, sides: Sides, comparison: Comparison, conflicts: set[bytes]
) -> tuple[bytes, ...]:
    """What git calls a conflict counts too, though it may be settled here, unless git made up the
    name."""
    known = {*comparison.settled, *(clash.path for clash in comparison.clashes)}
    concerned = conflicts | (sides.reported & known)
    return tuple(sorted(path for path in concerned if policy.of(path) == "stop"))


async def _choose(
    auxiliary: Auxiliary,
    sides: Sides,
    policy: Policy,
    clashes: Sequence[Clash],
    changes: _Changes,
) -> list[_Loser]:
    """Let the newer version of each clash keep the name; returns the others."""
    paths = tuple(clash.path for clash in clashes)
    times = await last_changes(auxiliary.git, sides.left, sides.right, paths)
    losers = []
    for clash in clashes:
        winner, loser = _ranked(clash, times)
        changes[clash.path] = clash.won_by(winner)
        losers.append(_loser(clash, loser, dropped=policy.of(clash.path) == "newest"))
    return losers


def _ranked(clash: Clash, times: Times) -> tuple[Entry, Entry]:
    """The newer version and the older one; equally old ones are ranked by their content."""
    left = times.get((LEFT, clash.path), 0), clash.left.oid, clash.left.mode
    right = times.get((RIGHT, clash.path), 0), clash.right.oid, clash.right.mode
    return (clash.left, clash.right) if left > right else (clash.right, clash.left)


def _loser(clash: Clash, entry: Entry, *, dropped: bool) -> _Loser:
    why = "changed on both sides" if clash.base else "added on both sides"
    if entry.mode == GITLINK:
        why += f"; the submodule's commit {entry.oid} is in history only"
    elif dropped:
        why += "; the older version is in history only"
    return _Loser(clash.path, entry, why, kept=not dropped and entry.mode != GITLINK)


def _clear(in_the_way: Iterable[bytes], changes: _Changes) -> list[_Loser]:
    """Take away the files that have a folder's name."""
    losers = []
    for path in in_the_way:
        if entry := changes[path]:
            changes[path] = None
            losers.append(_moved(path, entry))
    return losers


def _moved(path: bytes, entry: Entry) -> _Loser:
    if entry.mode == GITLINK:
        why = "a submodule on one side, a folder on the other"
        return _Loser(path, entry, f"{why}; its commit {entry.oid} is in history only", kept=False)
    return _Loser(path, entry, "a file on one side, a folder on the other")


async def _keep(
    auxiliary: Auxiliary, treeish: str, losers: Sequence[_Loser], changes: _Changes
) -> dict[bytes, bytes]:
    """Add the copies to the changes; returns which path's is where."""
    kept = [loser for loser in losers if loser.kept]
    versions = [(loser.path, loser.entry) for loser in kept]
    placed = await place_copies(auxiliary.git, treeish, changes, versions)
    changes.update(placed)
    return {loser.path: name for loser, (name, _) in zip(kept, placed, strict=True)}


async def _write(
    auxiliary: Auxiliary, treeish: str, already: Iterable[Difference], changes: _Changes
) -> str:
    """Write the tree that the changes make of one that has some of them already."""
    needless = {change.path for change in already if changes[change.path] == change.new}
    needed = {path: entry for path, entry in changes.items() if path not in needless}
    with auxiliary.private_index() as index:
        return await amend_tree(auxiliary.git, treeish, needed, index, auxiliary.zero)


def _notes(
    losers: Iterable[_Loser], copies: dict[bytes, bytes], revived: Iterable[bytes]
) -> tuple[ConflictNote, ...]:
    notes = {
        path: ConflictNote(path, None, "changed on one side, deleted on the other: it stays")
        for path in revived
    }
    for loser in losers:
        notes[loser.path] = ConflictNote(loser.path, copies.get(loser.path), loser.why)
    return tuple(notes[path] for path in sorted(notes))
