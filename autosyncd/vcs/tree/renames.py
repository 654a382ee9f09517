"""Which files were only moved: the same content and mode is elsewhere now."""

from collections.abc import Iterable

from autosyncd.core.changes import Change, ChangeKind
from autosyncd.vcs.tree.entry import Difference


def with_renames(found: Iterable[Difference]) -> tuple[Change, ...]:
    """What happened to each path; a file that is gone, and elsewhere with the same content and
    mode, was renamed."""
    differences = tuple(found)
    gone = {entry.old: entry.path for entry in reversed(differences) if entry.new is None}
    sources: dict[bytes, bytes] = {}
    for entry in differences:
        if entry.old is None and entry.new in gone:
            sources[entry.path] = gone.pop(entry.new)
    moved = frozenset(sources.values())
    return tuple(
        Change(entry.path, ChangeKind.RENAMED, sources[entry.path])
        if entry.path in sources
        else Change(entry.path, _kind(entry))
        for entry in differences
        if entry.path not in moved
    )


def _kind(found: Difference) -> ChangeKind:
    if found.old is None:
        return ChangeKind.ADDED
    return ChangeKind.DELETED if found.new is None else ChangeKind.MODIFIED
