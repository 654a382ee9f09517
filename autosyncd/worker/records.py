"""What a worker wants to find again after a restart; the journal keeps it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Records(Protocol):
    """Kept by the watched path; what is noted replaces what was."""

    def deletions(self, repository: Path) -> Mapping[bytes, float]:
        """What was deleted there not long ago, and when in Unix seconds."""

    def note_deletions(self, repository: Path, now: Mapping[bytes, float]) -> None:
        """Remember these."""

    def mounts(self, repository: Path) -> Mapping[bytes, str] | None:
        """The file systems that belong to it, by their folders; None if it was never asked."""

    def note_mounts(self, repository: Path, mounts: Mapping[bytes, str]) -> None:
        """Remember these."""


class _Unrecorded:
    """Remembers nothing."""

    def deletions(self, repository: Path) -> Mapping[bytes, float]:
        del repository
        return {}

    def note_deletions(self, repository: Path, now: Mapping[bytes, float]) -> None:
        pass

    def mounts(self, repository: Path) -> Mapping[bytes, str] | None:
        del repository
        return None

    def note_mounts(self, repository: Path, mounts: Mapping[bytes, str]) -> None:
        pass


UNRECORDED: Records = _Unrecorded()
