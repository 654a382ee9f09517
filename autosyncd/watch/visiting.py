"""Visiting one folder: watch it first, list it then, so that nothing made meanwhile is missed."""

import os
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import islice

from autosyncd.watch.folders import Folders, Placed
from autosyncd.watch.ignores import Ignores, Scope
from autosyncd.watch.node import Node
from autosyncd.watch.pending import Pending

_Steps = Generator[None, None, None]
_STRIDE = 256
"""Entries of a folder between two looks at the clock."""


@dataclass(slots=True)
class _Listing:
    folders: list[bytes] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Visiting:
    """Visits folders of one tree; while `reports` is set, what is found new gets reported."""

    folders: Folders
    ignores: Ignores
    pending: Pending
    control: frozenset[bytes]
    per_directory: bytes | None

    def visit(self, node: Node, *, reports: bool) -> _Steps:
        """Watch and list a folder and queue those in it; yields where it may be interrupted."""
        path = node.path()
        if path is None:
            return
        placed = self.folders.place(node, path)
        if placed is Placed.ABSENT:
            self._absent(node, path)
        if placed in (Placed.ABSENT, Placed.DENIED):
            return
        node.unread = False
        try:
            listing = yield from _list(self.folders.full(path))
        except OSError:
            return  # gone meanwhile, or moved: an event about it is on its way
        if self._shut(node, path, listing, reports=reports):
            return
        self._read_rules(node, path, listing, reports=reports and placed is Placed.KNOWN)
        reported = listing.files if reports and placed is not Placed.KNOWN else []
        if listing.folders or node.children or reported:
            scope = self.ignores.scope(node, path)
            yield from self._queue_folders(node, scope, listing.folders, at_once=not reports)
            yield from self._report(scope, reported)

    def enter(self, parent: Node, name: bytes, scope: Scope) -> None:
        """Have the folder `name` visited; an ignored one is no part of the tree."""
        child = parent.child(name)
        covered = scope.covers(name, is_dir=True)
        if covered and not scope.matters(name):
            if child is not None:
                self.folders.leave(child)
            return
        if child is None:
            child = Node(parent.tree, parent, name)
            child.hang(parent, name)
        child.veiled = covered
        self.folders.queue(child)

    def read(self, node: Node, path: bytes) -> None:
        """Find out now about a folder that was not listed."""
        node.unread = False
        node.rules = self.ignores.read(self.folders.full(path))
        if self.folders.has_control(path):
            self.folders.shut.add(node)

    def _absent(self, node: Node, path: bytes) -> None:
        if node is self.folders.top:
            self.pending.gone = True
        else:
            self.folders.leave(node)
            self.pending.add(path)

    def _shut(self, node: Node, path: bytes, listing: _Listing, *, reports: bool) -> bool:
        """Whether the folder is a repository of its own, and so nothing of ours."""
        if node is self.folders.top:
            return False
        before = node in self.folders.shut
        listed = not self.control.isdisjoint((*listing.folders, *listing.files))
        now = (before or listed) and self.folders.has_control(path)
        if now and not before:
            self.folders.shut.add(node)
            self.folders.leave_children(node)
        elif before and not now:
            self.folders.shut.discard(node)
        if now != before and reports:
            self.pending.add(path)
        return now

    def _read_rules(self, node: Node, path: bytes, listing: _Listing, *, reports: bool) -> None:
        if node.rules is None and self.per_directory not in listing.files:
            return
        rules = self.ignores.read(self.folders.full(path))
        if reports and rules != node.rules:
            self.pending.everything = self.pending.rules = True
        node.rules = rules

    def _queue_folders(
        self, node: Node, scope: Scope, names: list[bytes], *, at_once: bool
    ) -> _Steps:
        ours = [name for name in names if name not in self.control]
        if at_once and not node.children:
            yield from self._settle(node, scope, ours)
            return
        for number, name in enumerate(ours, 1):
            self.enter(node, name, scope)
            if number % _STRIDE == 0:
                yield
        for name in (node.children or {}).keys() - set(names):
            if child := node.child(name):
                self.folders.queue(child)  # gone, or made since: a visit tells

    def _settle(self, parent: Node, scope: Scope, names: list[bytes]) -> _Steps:
        """The same as `enter` for all folders in a new one, each watched at once: it is listed
        later, and not at all if there is no folder in it. Most folders have none."""
        tree, covers, place = parent.tree, scope.covers, self.folders.place_new
        prefix = self.folders.root + b"/" + scope.prefix
        children = parent.children = {}
        for number, name in enumerate(names, 1):
            covered = covers(name, is_dir=True)
            if name in children or (covered and not scope.matters(name)):
                continue  # its event was read meanwhile, or nobody wants to know
            child = children[name] = Node(tree, parent, name)
            child.veiled = covered
            try:
                child.unread = place(child, prefix + name)
            except OSError:
                pass  # a visit tells what it is
            if not child.unread:
                self.folders.queue(child)
            if number % _STRIDE == 0:
                yield

    def _report(self, scope: Scope, names: list[bytes]) -> _Steps:
        for start in range(0, len(names), _STRIDE):
            self.pending.add_all(
                scope.prefix + name
                for name in names[start : start + _STRIDE]
                if name not in self.control and not scope.ignores(name, is_dir=False)
            )
            yield


def _list(full: bytes) -> Generator[None, None, _Listing]:
    listing = _Listing()
    folder, file = listing.folders.append, listing.files.append
    with os.scandir(full) as entries:
        while some := tuple(islice(entries, _STRIDE)):
            for entry in some:
                (folder if entry.is_dir(follow_symlinks=False) else file)(entry.name)
            if len(some) == _STRIDE:
                yield
    return listing
