"""Merges two folders by what they had in common, with the same outcome as for git's commits.

Only whole versions, and lines that git-merge-file(1) merged without a conflict, are ever placed. A
version that loses its name becomes a conflict copy; which one that is, is a pure function of the
contents, so that every machine decides the same.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.errors import AutosyncError
from autosyncd.process import run
from autosyncd.vcs.base import Settled
from autosyncd.vcs.merging.conflict_names import NAME_MAX, copy_name
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.merging.three_way import Clash, compare, files_in_the_way
from autosyncd.vcs.table.contents import copy_over, entry_at, remove
from autosyncd.vcs.tree.entry import Difference, Entry

TIMEOUT = 60.0

Tree = dict[bytes, Entry]


@dataclass(slots=True)
class Side:
    """The files of one side, and where their contents are."""

    tree: Tree = field(default_factory=dict)
    places: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, path: bytes, full: bytes) -> None:
        """What is at `full` is this side's version of a path; nothing there is none."""
        if entry := entry_at(full):
            self.tree[path] = entry
            self.places[path] = full


def side_of(folder: Path, paths: Iterable[bytes]) -> Side:
    """These files of a folder; blocks."""
    side = Side()
    for path in paths:
        side.add(path, os.path.join(os.fsencode(folder), path))
    return side


@dataclass(slots=True)
class Combined:
    """What the merge makes of each path that differs from the base on a side; None: nothing.

    `contents` says where the content of an entry is. `stopped` are paths the user wants to merge.
    """

    changes: dict[bytes, Entry | None]
    contents: dict[str, bytes]
    settled: tuple[Settled, ...] = ()
    stopped: tuple[bytes, ...] = ()


async def combine(
    base: Side,
    left: Side,
    right: Side,
    policy: Policy,
    scratch: Path,
    *,
    left_wins: bool = False,
    longest: int = NAME_MAX,
) -> Combined:
    """Merge left and right; with `left_wins` it is always the left that keeps the name.

    Conflict copies have names of at most `longest` bytes.
    """
    comparison = compare(_differences(base.tree, left.tree), _differences(base.tree, right.tree))
    contents = {
        entry.oid: side.places[path]
        for side in (base, left, right)
        for path, entry in side.tree.items()
    }
    changes: dict[bytes, Entry | None] = dict(comparison.settled)
    clashes = []
    for clash in comparison.clashes:
        if merged := await _merged_text(clash, contents, scratch):
            changes[clash.path] = merged
        else:
            clashes.append(clash)
    blocked = files_in_the_way(path for path, entry in changes.items() if entry)
    conflicts = {clash.path for clash in clashes} | set(blocked) | set(comparison.revived)
    if stopped := tuple(sorted(p for p in conflicts if policy.of(p) == "stop")):
        return Combined({}, {}, stopped=stopped)
    losers = _choose(clashes, changes, left_wins=left_wins)
    losers += _clear(blocked, changes)
    settled = _keep(losers, changes, {**base.tree, **left.tree, **right.tree}, longest)
    settled += [
        Settled(path, None, "changed on one side, deleted on the other: it stays")
        for path in comparison.revived
    ]
    return Combined(changes, contents, tuple(sorted(settled, key=lambda one: one.path)))


def apply(combined: Combined, root: Path, there: Mapping[bytes, Entry]) -> None:
    """Bring a folder that holds `there` to the result; blocks."""
    top = os.fsencode(root)
    for path, entry in combined.changes.items():
        if entry is None and path in there:
            remove(os.path.join(top, path))
            prune(top, path)
    for path, entry in combined.changes.items():
        if entry is None or there.get(path) == entry:
            continue
        full = os.path.join(top, path)
        copy_over(combined.contents[entry.oid], full)
        if entry.regular:
            mode = os.stat(full).st_mode & 0o777
            os.chmod(full, mode | 0o111 if entry.mode == "100755" else mode & ~0o111)


def prune(top: bytes, path: bytes) -> None:
    """Folders that are empty now make room for files."""
    while path := path.rpartition(b"/")[0]:
        try:
            os.rmdir(os.path.join(top, path))
        except OSError:
            return


def _differences(base: Tree, side: Tree) -> list[Difference]:
    return [
        Difference(path, base.get(path), side.get(path))
        for path in base.keys() | side.keys()
        if base.get(path) != side.get(path)
    ]


async def _merged_text(clash: Clash, contents: dict[str, bytes], scratch: Path) -> Entry | None:
    """The lines of both sides; None where they can't be merged, or there is no git to do it."""
    if not (clash.text and clash.base):
        return None
    files = [contents[side.oid] for side in (clash.left, clash.base, clash.right)]
    try:
        merged = await run(
            ["git", "merge-file", "-p", "-q", *files],
            cwd=scratch,
            env={**os.environ, "LC_ALL": "C"},
            timeout=TIMEOUT,
        )
    except AutosyncError:
        return None
    if merged.returncode:
        return None
    return await asyncio.to_thread(_stored, merged.stdout, clash, contents, scratch)


def _stored(content: bytes, clash: Clash, contents: dict[str, bytes], scratch: Path) -> Entry:
    place = os.path.join(os.fsencode(scratch), b"merged-%d" % len(contents))
    Path(os.fsdecode(place)).write_bytes(content)
    written = entry_at(place)
    oid = written.oid if written else ""
    contents[oid] = place
    return clash.merged(oid)


def _choose(
    clashes: Iterable[Clash], changes: dict[bytes, Entry | None], *, left_wins: bool
) -> list[tuple[bytes, Entry, str]]:
    losers = []
    for clash in clashes:
        first = left_wins or clash.left > clash.right
        winner, loser = (clash.left, clash.right) if first else (clash.right, clash.left)
        changes[clash.path] = clash.won_by(winner)
        why = "changed on both sides" if clash.base else "added on both sides"
        losers.append((clash.path, loser, why))
    return losers


def _clear(
    blocked: Iterable[bytes], changes: dict[bytes, Entry | None]
) -> list[tuple[bytes, Entry, str]]:
    losers = []
    for path in blocked:
        if entry := changes[path]:
            changes[path] = None
            losers.append((path, entry, "a file on one side, a folder on the other"))
    return losers


def _keep(
    losers: Iterable[tuple[bytes, Entry, str]],
    changes: dict[bytes, Entry | None],
    tree: Tree,
    longest: int,
) -> list[Settled]:
    """Give each loser a name of its own; one that the same content has already is shared."""
    settled = []
    for path, entry, why in losers:
        attempt = 0
        while holder := changes.get(
            name := copy_name(path, entry.oid, attempt, longest), tree.get(name)
        ):
            if holder.oid == entry.oid:
                break
            attempt += 1
        changes[name] = entry
        settled.append(Settled(path, name, why))
    return settled
