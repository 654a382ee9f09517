"""Which held things the words of `autosyncctl approve` mean."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autosyncd.api.operands import operands
from autosyncd.core.approval import Approval, Reason
from autosyncd.core.messages import printable
from autosyncd.errors import AutosyncError
from autosyncd.vcs.base import Left


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a repository: held paths, and deletions that wait together.

    `path` is the watched folder as configured, `below` the same relative to `root`.
    """

    name: str
    path: Path
    root: Path
    below: bytes
    held: Mapping[bytes, Left]
    deletions: frozenset[bytes]


def choose(waiting: Waiting, words: Sequence[str]) -> frozenset[Approval]:
    """What these words let through; without words the pending deletions.

    A word names a held path or a folder around some, absolute or relative to the repository.
    Raises AutosyncError if one means nothing that can be approved; then nothing is.
    """
    if words:
        return frozenset().union(*(_chosen(waiting, word) for word in words))
    if waiting.deletions:
        return frozenset(Approval(path, Reason.DELETED) for path in waiting.deletions)
    held = sum(1 for left in waiting.held.values() if left.reason)
    raise AutosyncError(
        f"there is nothing to approve in {waiting.name} as a whole",
        hint=f"name what is held: `autosyncctl held {operands(waiting.name)}` lists it"
        if held
        else None,
    )


def _chosen(waiting: Waiting, word: str) -> frozenset[Approval]:
    places = _places(waiting, word) | _as_in_hints(waiting, word)
    meant = [left for path, left in waiting.held.items() if _covers(places, word, path)]
    approvals = {Approval(left.path, left.reason) for left in meant if left.reason}
    approvals |= {
        Approval(path, Reason.DELETED) for path in waiting.deletions if _covers(places, word, path)
    }
    if approvals:
        return frozenset(approvals)
    if meant:
        why = f"cannot approve {printable(meant[0].path)}: {meant[0].why}"
        raise AutosyncError(why, hint=meant[0].hint)
    raise AutosyncError(
        f"cannot approve {word}: nothing there is held",
        hint=f"`autosyncctl held {operands(waiting.name)}` lists what is",
    )


def _covers(places: frozenset[bytes], word: str, path: bytes) -> bool:
    """Also if the word is what `held` shows of a name that is no UTF-8."""
    inside = any(path == place or not place or path.startswith(place + b"/") for place in places)
    return inside or word == shown(path)


def _as_in_hints(waiting: Waiting, word: str) -> frozenset[bytes]:
    """What a hint spells so in one line, unless something is named so as it is."""
    if os.fsencode(word) in waiting.held:
        return frozenset()
    return frozenset(path for path in waiting.held if printable(path) == word)


def shown(path: bytes) -> str:
    """A path as `held` and events show it; odd bytes are escaped."""
    return path.decode("utf-8", "backslashreplace")


def _places(waiting: Waiting, word: str) -> frozenset[bytes]:
    """Where in the repository that can be; empty bytes are the root."""
    normal = os.path.normpath(word)
    if not normal.startswith("/"):
        path = os.fsencode(normal)
        return frozenset({_relative(path), _relative(_joined(waiting.below, path))})
    file = Path(normal)
    for folder, prefix in (
        (waiting.path, waiting.below),
        (waiting.root, b""),
    ):
        for candidate in (file, _resolved(file)):
            if candidate.is_relative_to(folder):
                inside = os.fsencode(candidate.relative_to(folder))
                return frozenset({_relative(_joined(prefix, inside))})
    return frozenset()


def _resolved(file: Path) -> Path:
    """A symbolic link itself stays; the folders that lead to it are resolved."""
    try:
        return file.parent.resolve() / file.name
    except (OSError, RuntimeError):
        return file


def _joined(folder: bytes, path: bytes) -> bytes:
    return os.path.normpath(folder + b"/" + path) if folder else path


def _relative(path: bytes) -> bytes:
    return b"" if path == b"." else path
