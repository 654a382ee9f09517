"""Whether the conflict copies have to be counted again: that reads the whole index."""

from dataclasses import dataclass

from autosyncd.vcs.base import Commit

NAMED = b".conflict-"
"""What is in the name of every conflict copy, whatever the backend."""


@dataclass(slots=True)
class Copies:
    """The commit at which they were counted, or would have been counted the same."""

    _head: str | None = None
    _counted: bool = False

    def known_at(self, head: str | None) -> bool:
        """Whether the number is right for this commit."""
        return self._counted and head == self._head

    def counted(self, head: str | None) -> None:
        """They have just been counted."""
        self._head, self._counted = head, True

    def committed(self, commit: Commit) -> None:
        """A commit on top of the last one; one that touches no copy changes nothing."""
        names = (name for change in commit.changes for name in (change.path, change.source))
        touched = any(NAMED in name for name in names if name)
        self._counted = self._counted and not touched
        self._head = commit.info.id
