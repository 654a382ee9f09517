"""The conflict copies in a working copy, by their names."""

from autosyncd.vcs.base import ConflictCopy
from autosyncd.vcs.merging.conflict_names import original_of
from autosyncd.vcs.table.contents import entry_at
from autosyncd.vcs.table.scope import Scope


def find_copies(scope: Scope) -> tuple[ConflictCopy, ...]:
    """Those in the watched folder; blocks."""
    found = []
    for path, _ in scope.walk(scope.below):
        if b".conflict-" in path and (original := original_of(path)):
            there, copy = entry_at(scope.full(original)), entry_at(scope.full(path))
            exists = there is not None
            found.append(ConflictCopy(original, path, None, None, exists, there != copy))
    return tuple(found)
