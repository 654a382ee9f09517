"""Repositories of their own inside a working copy: left alone, and listed as left out."""

import os
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache, partial

from autosyncd.vcs.base import Left
from autosyncd.vcs.table.paths import parents
from autosyncd.vcs.table.scope import Scope


def repositories(scope: Scope, tops: Set[bytes]) -> list[Left]:
    """Those at, around or below these paths that nobody ignores, the outermost alone; blocks."""
    outermost = [top for top in tops if tops.isdisjoint(parents(top))]
    is_one = cache(partial(_is_one, scope))
    found = {folder for top in outermost for folder in _around_or_below(scope, top, is_one)}
    return [_left(folder) for folder in sorted(found) if scope.wanted(folder, is_dir=True)]


def _around_or_below(scope: Scope, top: bytes, is_one: Callable[[bytes], bool]) -> Iterable[bytes]:
    around = [folder for folder in (top, *parents(top)) if folder and is_one(folder)]
    return around[-1:] or _below(scope, top)


def _below(scope: Scope, top: bytes) -> Iterator[bytes]:
    root = os.fsencode(scope.root)
    if top and os.path.islink(scope.full(top)):
        return
    for full, folders, files in os.walk(scope.full(top) if top else root):
        folder = full[len(root) + 1 :]
        if folder and not scope.control.isdisjoint((*folders, *files)):
            folders.clear()
            yield folder
        before = folder + b"/" if folder else b""
        folders[:] = [name for name in folders if scope.enters(before + name)]


def _is_one(scope: Scope, folder: bytes) -> bool:
    full = scope.full(folder)
    if os.path.islink(full) or not os.path.isdir(full):
        return False
    return any(os.path.lexists(full + b"/" + name) for name in scope.control)


def _left(folder: bytes) -> Left:
    hint = "put it under autosync itself, or ignore it"
    return Left(folder, "it is a repository of its own", hint)
