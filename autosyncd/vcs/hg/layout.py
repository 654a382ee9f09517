"""Where the parts of one Mercurial repository are."""

from dataclasses import dataclass
from pathlib import Path

CONTROL = (b".hg", b".git")
"""Entries that are never part of the tree; a folder that has one is a repository of its own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of a working copy, absolute with symbolic links resolved.

    `below` is the watched folder relative to `root`, empty for the root. `store` is where the
    history is, which is elsewhere for a working copy made by `hg share`.
    """

    root: Path
    below: bytes
    store: Path

    @property
    def control(self) -> Path:
        """Mercurial's own folder of this working copy."""
        return self.root / ".hg"

    @property
    def own(self) -> Path:
        """Our own folder inside it."""
        return self.control / "autosync"

    @property
    def object_format(self) -> str:
        """How contents are named: as git does it, so that the same content has one name."""
        return "sha1"
