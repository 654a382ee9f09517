"""What was in the last commit, over restarts, for tools that can't list what differs from it."""

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from autosyncd.vcs.base import Stamp

NAME = "autosync-known"
_HEADER = b"autosync 1\n"


class Memory:
    """The versions of files at the last commit, in the tool's own folder if it has one.

    A memory that is too old costs time alone: what was committed since is then told to the tool
    again, which finds nothing in it.
    """

    def __init__(self, control: Path, below: bytes) -> None:
        name = f"{NAME}-{sha256(below).hexdigest()[:8]}" if below else NAME
        self._control = control
        self._file = control / name

    def load(self) -> dict[bytes, Stamp] | None:
        """None if there is none, or none that was written to its end; blocks."""
        try:
            data = self._file.read_bytes()
        except OSError:
            return None
        if not data.startswith(_HEADER) or not data.endswith(b"\0."):
            return None
        found: dict[bytes, Stamp] = {}
        for record in data[len(_HEADER) : -2].split(b"\0"):
            numbers, _, path = record.partition(b"/")
            try:
                inode, size, written, changed = map(int, numbers.split())
            except ValueError:
                return None
            found[path] = (inode, size, written, changed)
        return found if b"" not in found else None

    def save(self, known: Mapping[bytes, Stamp]) -> None:
        """Keep it in one instant; where that is not possible, there will be none. Blocks."""
        records = (b"%d %d %d %d/" % version + path for path, version in sorted(known.items()))
        draft = self._file.with_suffix(".tmp")
        try:
            if self._control.is_dir():
                draft.write_bytes(_HEADER + b"\0".join(records) + b"\0.")
                os.replace(draft, self._file)
        except OSError:
            self._file.unlink(missing_ok=True)
