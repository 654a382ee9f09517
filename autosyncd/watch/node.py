"""One folder of a watched tree."""

from __future__ import annotations

from typing import Protocol

from autosyncd.watch.ignores import RuleFile
from autosyncd.watch.watches import UNWATCHED


class NodeTree(Protocol):
    """What a node knows of its tree."""

    @property
    def top(self) -> Node:
        """The folder that is watched with all below it."""

    def note(self, node: Node) -> None:
        """The node has names to report."""

    def change(self, node: Node, mask: int, cookie: int, name: bytes) -> None:
        """A folder in the node, or its own folder, changed."""


class Node:
    """A folder that is to be watched. Its path is what its parents say now, so renaming is cheap.

    The name of the top node is its path. `names` are files touched and not reported yet, `queued`
    says that a visit is due, `veiled` that ignore rules cover the folder, and that only the tracked
    files below it matter, and `unread` that it holds no folder, and was not listed for that reason.
    """

    __slots__ = (
        *("children", "name", "names", "parent", "queued", "rules", "tree", "unread", "veiled"),
        "wd",
    )

    def __init__(self, tree: NodeTree, parent: Node | None, name: bytes) -> None:
        self.tree = tree
        self.parent = parent
        self.name = name
        self.wd = UNWATCHED
        self.children: dict[bytes, Node] | None = None
        self.names: set[bytes] | None = None
        self.rules: RuleFile | None = None
        self.queued = False
        self.veiled = False
        self.unread = False

    def touch(self, name: bytes) -> None:
        """Keep a name for the next report."""
        if self.names is None:
            self.names = {name}
            self.tree.note(self)
        else:
            self.names.add(name)

    def change(self, mask: int, cookie: int, name: bytes) -> None:
        """Leave it to the tree."""
        self.tree.change(self, mask, cookie, name)

    def path(self) -> bytes | None:
        """Where the folder is, relative to the root; None if it is no longer part of the tree."""
        parts = []
        node = self
        while node.parent is not None:
            parts.append(node.name)
            node = node.parent
        if node is not node.tree.top:
            return None
        if node.name:
            parts.append(node.name)
        parts.reverse()
        return b"/".join(parts)

    def child(self, name: bytes) -> Node | None:
        """The node of a folder in this one."""
        return self.children.get(name) if self.children else None

    def hang(self, parent: Node, name: bytes) -> None:
        """Become a folder of `parent`."""
        self.parent, self.name = parent, name
        if parent.children is None:
            parent.children = {}
        parent.children[name] = self

    def detach(self) -> None:
        """Be no longer part of the tree, with all below."""
        parent = self.parent
        if parent is not None and parent.child(self.name) is self and parent.children:
            del parent.children[self.name]
        self.parent = None
