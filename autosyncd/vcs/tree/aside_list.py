"""What was moved aside, since something that came in needed its place: told until it is gone."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autosyncd.core.messages import printable
from autosyncd.vcs.base import Left

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(slots=True)
class AsideList:
    """The list of one working tree, kept in `file`; a damaged one is none. Paths are relative to
    `root`."""

    root: Path
    file: Path
    _original: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            stored = _decode(self.file.read_bytes())
            self._original = {_plain(aside): _plain(path) for aside, path in stored.items()}
        except (OSError, ValueError):
            return

    def add(self, aside: bytes, original: bytes) -> None:
        """What was at `original`, or a folder above, is at `aside` now."""
        self._original[aside] = original
        self._store()

    def left(self) -> tuple[Left, ...]:
        """Those that are still there; they are in no commit."""
        there = {
            aside: original
            for aside, original in self._original.items()
            if os.path.lexists(os.fsencode(self.root) + b"/" + aside)
        }
        if there != self._original:
            self._original = there
            self._store()
        return tuple(_left(aside, original) for aside, original in there.items())

    def _store(self) -> None:
        draft = self.file.with_name(f"{self.file.name}.new")
        stored = {_coded(aside): _coded(path) for aside, path in self._original.items()}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(_encode(stored))
            draft.replace(self.file)
        except OSError:
            pass  # without it, it is only told no more after a restart


def _left(aside: bytes, original: bytes) -> Left:
    return Left(
        aside,
        f"it was in the way of {printable(original)}, which came in, and was moved aside",
        "rename it to have it committed, or delete it",
    )


def _coded(path: bytes) -> str:
    return base64.b64encode(path).decode("ascii")


def _plain(text: str) -> bytes:
    return base64.b64decode(text)
