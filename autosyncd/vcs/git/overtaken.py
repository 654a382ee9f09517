"""Paths whose local version stays on disk while the branch has taken in another one.

A version that is held can't be committed, and what comes in for it must not wait for ever: the
branch and the index get what came in, and the path on disk stays as it is. What the local version
was made from is written down before that, durably, so that once it may be committed it counts as
an edit of just that, and is no wish to undo what came in.
"""

import base64
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autosyncd.vcs.tree.durable import flush_folders
from autosyncd.vcs.tree.entry import Difference, Entry


class Overtaken(msgspec.Struct, frozen=True, array_like=True):
    """The commit that the local version was made from, what that had at the path, and what has
    come in since; None where there was nothing."""

    base: str
    old: Entry | None
    incoming: Entry | None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Overtaken]).decode


@dataclass(slots=True)
class OvertakenPaths:
    """All of one working tree, in `file`; a damaged one is nothing to remember."""

    file: Path
    _known: dict[bytes, Overtaken] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            stored = _decode(self.file.read_bytes())
            self._known = {base64.b64decode(path): known for path, known in stored.items()}
        except (OSError, ValueError):
            return

    @property
    def known(self) -> Mapping[bytes, Overtaken]:
        """All of them."""
        return self._known

    def overtake(self, base: str, changes: Iterable[Difference]) -> None:
        """These come in and pass by what is on disk, made from the commit `base` or, where other
        versions have passed before, from an earlier one. Raises OSError if that can't be stored.
        """
        added = {
            change.path: Overtaken(before.base, before.old, change.new)
            if (before := self._known.get(change.path))
            else Overtaken(base, change.old, change.new)
            for change in changes
        }
        if any(self._known.get(path) != known for path, known in added.items()):
            self._store({**self._known, **added})

    def advance(self, paths: Mapping[bytes, Overtaken]) -> None:
        """The local versions at these paths were joined, and go on from there. Raises OSError if
        that can't be stored."""
        self._store({**self._known, **paths})

    def forget(self, paths: Iterable[bytes]) -> None:
        """These are in step with the branch again, or are meant as they are."""
        gone = self._known.keys() & set(paths)
        if gone:
            self._store({path: known for path, known in self._known.items() if path not in gone})

    def _store(self, known: dict[bytes, Overtaken]) -> None:
        """What is written survives a power cut: without it an edit would look like a wish to undo
        what came in."""
        stored = {base64.b64encode(path).decode("ascii"): one for path, one in known.items()}
        draft = self.file.with_name(f"{self.file.name}.new")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as out:
            out.write(_encode(stored))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.file)
        flush_folders([self.file.parent])
        self._known = known
