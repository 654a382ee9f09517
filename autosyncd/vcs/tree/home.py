"""Where a working tree is, and where files of ours may be beside it."""

from pathlib import Path
from typing import Protocol


class Home(Protocol):
    """A working copy, as whoever moves its files has to know it."""

    @property
    def root(self) -> Path:
        """The root of the tree."""

    @property
    def own(self) -> Path:
        """Our own folder inside the tool's."""
