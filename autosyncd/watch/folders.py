"""The folders of one watched tree: their nodes, their watches, and which are to be visited."""

import errno
import os
import stat
from collections.abc import Callable
from enum import Enum

from autosyncd.watch.base import Target
from autosyncd.watch.filesystem import counting_device
from autosyncd.watch.node import Node, NodeTree
from autosyncd.watch.watches import UNWATCHED, Watches

_LEAF_LINKS = 2
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class Placed(Enum):
    """What became of an attempt to watch a folder."""

    FRESH = "watched from now on"
    KNOWN = "watched before"
    ABSENT = "there is no such folder"
    DENIED = "no permission, or an error of the file system"
    LIMITED = "the kernel allows no more watches"


class Folders:
    """The nodes of one tree. Who leaves is let go of later, in slices, with all below;
    `wake` is called when there is such work.

    `shut` are folders that are repositories of their own: only their own watch is kept, to see
    when they cease to be one. `unwatched` are those for which the kernel allows no watch, the one
    that was tried last at the end.
    """

    def __init__(
        self, tree: NodeTree, target: Target, watches: Watches, wake: Callable[[], None]
    ) -> None:
        self.root = os.fsencode(os.path.realpath(target.root))
        self.top = Node(tree, None, target.below)
        self.shut: set[Node] = set()
        self.unwatched: dict[Node, None] = {}
        self._counting = counting_device(target.root)
        self._control = target.sources.control
        self._watches = watches
        self._wake = wake
        self.watched = 0
        self._visits: list[Node] = []
        self._leaving: list[Node] = []

    @property
    def count(self) -> int:
        """How many folders are watched."""
        return self.watched - sum(node.wd != UNWATCHED for node in self.shut)

    @property
    def wanted(self) -> int:
        """How many watches this tree would have if the kernel allowed it."""
        return self.watched + len(self.unwatched)

    @property
    def idle(self) -> bool:
        """Whether no folder is to be visited or let go of."""
        return not (self._visits or self._leaving)

    def identity(self) -> tuple[int, int] | None:
        """Which folder is at the place of the top now: device and inode."""
        try:
            status = os.lstat(self.full(self.top.name))
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def at(self, path: bytes) -> Node | None:
        """The node of the folder at a path relative to the root, which lies in the top."""
        node: Node | None = self.top
        cut = len(self.top.name) + 1 if self.top.name else 0
        for part in path[cut:].split(b"/"):
            node = node.child(part) if node else None
        return node

    def full(self, path: bytes) -> bytes:
        """An absolute path."""
        return self.root + b"/" + path if path else self.root

    def has_control(self, path: bytes) -> bool:
        """Whether the folder at `path` is a repository of its own."""
        prefix = self.full(path) + b"/"
        return any(os.path.lexists(prefix + name) for name in self._control)

    def is_folder(self, path: bytes) -> bool:
        """Whether there is a folder at `path` now, and not a link to one."""
        try:
            return stat.S_ISDIR(os.lstat(self.full(path)).st_mode)
        except OSError:
            return False

    def place(self, node: Node, path: bytes) -> Placed:
        """Watch a node's folder, at `path`.

        If that folder was moved here and its old node is still there, both have the watch until
        the old one is visited, or its event read; behind a bind mount both have it for good.
        """
        watched = node.wd != UNWATCHED
        try:
            fresh = self._watches.claim(node, self.full(path))
        except OSError as error:
            return self._not_placed(node, error)
        self.unwatched.pop(node, None)
        if not fresh:
            return Placed.KNOWN
        self.watched += not watched
        return Placed.FRESH

    def place_new(self, node: Node, full: bytes) -> bool:
        """Watch a node that has never been watched, in the folder at an absolute path.

        Returns whether there is no folder in that, so that it need not be listed. Raises OSError.
        """
        self._watches.claim_new(node, full)
        self.watched += 1
        status = os.lstat(full)
        return status.st_nlink == _LEAF_LINKS and status.st_dev == self._counting

    def queue(self, node: Node) -> None:
        """Have a folder visited: watched, listed, and everything below it as well."""
        if not node.queued:
            node.queued = True
            self._visits.append(node)
            self._wake()

    def leave(self, node: Node) -> None:
        """Make a node and all below no part of the tree any more."""
        node.detach()
        self._leaving.append(node)
        self._wake()

    def leave_children(self, node: Node) -> None:
        """Keep a node itself, but nothing below."""
        for child in tuple((node.children or {}).values()):
            self.leave(child)

    def lost(self, node: Node) -> None:
        """The kernel has ended a node's watch."""
        self.watched -= 1
        self.shut.discard(node)

    def let_go(self) -> bool:
        """Let go of one of the nodes that left; returns whether there was one."""
        if not self._leaving:
            return False
        node = self._leaving.pop()
        self._release(node)
        for child in (node.children or {}).values():
            child.parent = None
            self._leaving.append(child)
        node.children = None
        return True

    def next_visit(self) -> Node | None:
        """Take the next folder to visit."""
        if not self._visits:
            return None
        node = self._visits.pop()
        node.queued = False
        return node

    def abandon(self) -> None:
        """Let go of everything, the top included."""
        self._visits.clear()
        self._leaving.append(self.top)
        self._wake()

    def _not_placed(self, node: Node, error: OSError) -> Placed:
        self._release(node)
        if error.errno in _ABSENT:
            return Placed.ABSENT
        if error.errno != errno.ENOSPC:
            return Placed.DENIED
        self.unwatched[node] = None
        return Placed.LIMITED

    def _release(self, node: Node) -> None:
        self.watched -= node.wd != UNWATCHED
        self._watches.release(node)
        self.shut.discard(node)
        self.unwatched.pop(node, None)
