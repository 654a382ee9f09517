"""What becomes of a tree when folders in it appear, go, or are renamed."""

from autosyncd.watch.folders import Folders
from autosyncd.watch.ignores import Ignores, Scope
from autosyncd.watch.kernel import IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO
from autosyncd.watch.node import Node
from autosyncd.watch.pending import Pending
from autosyncd.watch.visiting import Visiting
from autosyncd.watch.watches import UNWATCHED


class Changes:
    """Follows the folders of one tree. Renames come in two halves that share a cookie.

    Two nodes of a tree may have the same watch, and then both hear of a rename: the first one's
    folder is carried over, the other's leaves and is found anew.
    """

    def __init__(
        self, folders: Folders, ignores: Ignores, pending: Pending, visiting: Visiting
    ) -> None:
        self._folders = folders
        self._ignores = ignores
        self._pending = pending
        self._visiting = visiting
        self._moved: dict[int, Node] = {}

    @property
    def unsettled(self) -> bool:
        """Whether there are folders of which only the first half of a rename is known."""
        return bool(self._moved)

    def settle(self) -> None:
        """No second half will come any more: those folders have left the tree."""
        for node in self._moved.values():
            self._folders.leave(node)
        self._moved.clear()

    def entry(self, node: Node, mask: int, cookie: int, name: bytes) -> None:
        """The folder `name` in a node appeared, went or changed."""
        path = node.path()
        if path is None or node in self._folders.shut:
            return
        if node.unread:
            self._visiting.read(node, path)
        scope = self._ignores.scope(node, path)
        if mask & (IN_DELETE | IN_MOVED_FROM):
            self._departed(node, scope, cookie, name)
        elif mask & (IN_CREATE | IN_MOVED_TO):
            self._arrived(node, scope, cookie, name)
        else:
            self._permitted(node, name)
        if not scope.ignores(name, is_dir=True):
            self._pending.add(scope.prefix + name)

    def _departed(self, node: Node, scope: Scope, cookie: int, name: bytes) -> None:
        child = node.child(name)
        if child is not None and cookie and cookie not in self._moved:
            child.detach()
            self._moved[cookie] = child
        elif child is not None:
            self._folders.leave(child)
        if self._folders.is_folder(scope.prefix + name):
            self._visiting.enter(node, name, scope)  # another has its name: exchanged, or made anew

    def _arrived(self, node: Node, scope: Scope, cookie: int, name: bytes) -> None:
        child = node.child(name)
        moved = self._moved.pop(cookie, None) if cookie else None
        if moved is not None:
            if child is not None:
                self._folders.leave(child)
            moved.hang(node, name)
        elif child is not None and not cookie and child.wd != UNWATCHED:
            return  # a visit has found it before its event was read
        self._visiting.enter(node, name, scope)

    def _permitted(self, node: Node, name: bytes) -> None:
        """Permissions may have changed: what could not be watched perhaps can be now."""
        child = node.child(name)
        if child is not None and child.wd == UNWATCHED:
            self._folders.queue(child)
