"""What becomes of the paths of which both sides hold versions of their own: pure.

The newer version keeps the name, the other one becomes a conflict copy, or with `newest` stays in
history only. A folder keeps its name, a file in its place becomes a conflict copy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.merging.three_way import Clash
from autosyncd.vcs.tree.entry import GITLINK, Entry

LEFT, RIGHT = b"<", b">"

Times = Mapping[tuple[bytes, bytes], int]
"""Side and path → committer date in Unix seconds of the last commit there that changed it."""

Changes = dict[bytes, Entry | None]
"""What the result holds at each path that differs from the base on a side."""


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
class Loser:
    """A version that does not keep its name; `kept`: there shall be a copy of it."""

    path: bytes
    entry: Entry
    why: str
    kept: bool = True


def choose(clashes: Iterable[Clash], times: Times, policy: Policy, changes: Changes) -> list[Loser]:
    """Let the newer version of each clash keep the name; returns the others."""
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


def _loser(clash: Clash, entry: Entry, *, dropped: bool) -> Loser:
    why = "changed on both sides" if clash.base else "added on both sides"
    if entry.mode == GITLINK:
        why += f"; the submodule's commit {entry.oid} is in history only"
    elif dropped:
        why += "; the older version is in history only"
    return Loser(clash.path, entry, why, kept=not dropped and entry.mode != GITLINK)


def clear(in_the_way: Iterable[bytes], changes: Changes) -> list[Loser]:
    """Take away the files that have a folder's name."""
    losers = []
    for path in in_the_way:
        if entry := changes[path]:
            changes[path] = None
            losers.append(_moved(path, entry))
    return losers


def _moved(path: bytes, entry: Entry) -> Loser:
    if entry.mode == GITLINK:
        why = "a submodule on one side, a folder on the other"
        return Loser(path, entry, f"{why}; its commit {entry.oid} is in history only", kept=False)
    return Loser(path, entry, "a file on one side, a folder on the other")


def notes_of(
    losers: Iterable[Loser], copies: Mapping[bytes, bytes], revived: Iterable[bytes]
) -> tuple[ConflictNote, ...]:
    """One note for each path, in order; `copies` says where the losers are."""
    notes = {
        path: ConflictNote(path, None, "changed on one side, deleted on the other: it stays")
        for path in revived
    }
    for loser in losers:
        notes[loser.path] = ConflictNote(loser.path, copies.get(loser.path), loser.why)
    return tuple(notes[path] for path in sorted(notes))
