"""What happened to paths since the last commit."""

from dataclasses import dataclass
from enum import Enum


class ChangeKind(Enum):
    """What happened to a path since the last commit."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Change:
    """One changed path, relative to the repository's root, in the bytes of its name.

    `source` is where a renamed path came from; `lines` how many lines came and went, None where
    that was not counted or means nothing.
    """

    path: bytes
    kind: ChangeKind
    source: bytes | None = None
    lines: tuple[int, int] | None = None
