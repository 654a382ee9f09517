"""What a save that is under way leaves in the tree for moments: told apart before a commit."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autosyncd.core.ignoring import Patterns
from autosyncd.core.passing import GRACE, is_passing
from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.tree.disk import SKEW, Seen, What, observe

REPLACING = 2.0
"""Seconds in which a file that was renamed to its backup is expected to be back."""

_BACKUPS = (b"~", b".bak", b"___jb_old___")
"""What vim and emacs, Python's fileinput and others, and JetBrains' programs add to the name."""


_NEW = (ChangeKind.ADDED, ChangeKind.RENAMED)


@dataclass(frozen=True, slots=True)
class Saving:
    """`replaced` files are gone for a moment; `passing` ones may be, in so many seconds they
    count as what they seem to be."""

    replaced: frozenset[bytes]
    passing: Mapping[bytes, float]


def without_passing(root: bytes, look: Look, wanted: Patterns, cut: int) -> Look:
    """A look without what is a save that is under way, see `being_saved`. Blocks."""
    seen = observe(root, (change.path for change in look.changes))
    saved = being_saved(root, look.changes, seen, wanted, cut)
    apart = saved.replaced | saved.passing.keys()
    return replace(
        look,
        changes=tuple(change for change in look.changes if change.path not in apart),
        unstable=(*look.unstable, *saved.replaced),
        passing=saved.passing,
    )


def being_saved(
    root: bytes, changes: Iterable[Change], seen: Mapping[bytes, Seen], wanted: Patterns, cut: int
) -> Saving:
    """What of the changes is a save that is under way. Blocks.

    `wanted` are patterns relative to the watched folder, whose prefix has the length `cut`: what
    they say is not to be ignored is not waited for.
    """
    now = time.time()
    replaced, passing = set(), {}
    for change in changes:
        path, there = change.path, seen[change.path]
        if there.what is What.MISSING:
            backups = (root + b"/" + path + backup for backup in _BACKUPS)
            if any(-SKEW < now - _renamed_at(backup) < REPLACING for backup in backups):
                replaced.add(path)
        elif change.kind in _NEW and there.signature:
            left = GRACE - (now - there.signature.ctime_ns / 1e9)
            young = 0 < left < GRACE + SKEW and _is_passing(root, path)
            if young and wanted.decide(path[cut:], is_dir=False) is None:
                passing[path] = left
    return Saving(frozenset(replaced), passing)


def _is_passing(root: bytes, path: bytes) -> bool:
    folder, _, name = path.rpartition(b"/")
    here = root + b"/" + folder + b"/"
    return is_passing(name, lambda other: os.path.lexists(here + other))


def _renamed_at(path: bytes) -> float:
    try:
        return os.lstat(path).st_ctime
    except OSError:
        return 0.0
