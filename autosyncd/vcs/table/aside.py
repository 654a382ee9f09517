"""Moves what no commit has, and what is in the way of what comes in, to `NAME.local-HOST.EXT`."""

import os
from collections.abc import Iterable

from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.tree.aside import aside_name

TRIES = 1000


def put_aside(scope: Scope, paths: Iterable[bytes], host: str) -> list[bytes]:
    """Rename these, as far as they are there; returns the new paths. Blocks."""
    moved = []
    for path in paths:
        full = scope.full(path)
        if not os.path.lexists(full):
            continue
        folder, name = os.path.split(full)
        for number in range(1, TRIES):
            target = os.path.join(folder, aside_name(name, host, number))
            if os.path.lexists(target):
                continue
            os.rename(full, target)
            moved.append(os.path.relpath(target, os.fsencode(scope.root)))
            break
    return moved
