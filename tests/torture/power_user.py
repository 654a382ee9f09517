"""A user who saves without flushing much, and what must be on disk of what they saved.

Nothing that a program has not flushed need survive a power cut; but what autosync has committed
is no longer the program's own affair. So the working tree must have at least what HEAD has.
"""

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.tree.durable import FEW

LINES = 400
MANY = FEW + 4
"""Files that are flushed together."""


def version(number: int) -> str:
    """A text of which each part tells the version, and the end that it is whole."""
    return f"{number}\n" * LINES + "end\n"


def number_of(text: str) -> int:
    """Which version it is; raises ValueError for half a version, or for none."""
    number = text.partition("\n")[0]
    if not number.isdigit() or text != version(int(number)):
        raise ValueError(f"half a version, of {len(text)} bytes")
    return int(number)


@dataclass(slots=True)
class User:
    """Saves in one of four ways, as the dice will have it."""

    root: Path
    dice: random.Random
    number: int

    def save(self) -> None:
        """Append to a log, replace a document, make a new file, or very many."""
        self.number += 1
        self.dice.choice((self._append, self._replace, self._create, self._unpack))()

    def _append(self) -> None:
        with (self.root / "log").open("a") as file:
            file.write(f"line {self.number}\n")

    def _replace(self) -> None:
        draft = self.root / "document~"
        with draft.open("w") as file:  # some file systems empty what is replaced by the unflushed
            file.write(version(self.number))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.root / "document")

    def _create(self) -> None:
        (self.root / f"new-{self.number}").write_text(version(self.number))

    def _unpack(self) -> None:
        folder = self.root / f"unpacked-{self.number}" / "deep"
        folder.mkdir(parents=True)
        for at in range(MANY):
            (folder / str(at)).write_text(version(self.number))


def whole(files: Mapping[str, str]) -> dict[str, str]:
    """Those that are not what a power cut has left of a save that was in no commit yet."""
    return {name: text for name, text in files.items() if name == "log" or _is_whole(text)}


def _is_whole(text: str) -> bool:
    try:
        return number_of(text) >= 0
    except ValueError:
        return False


def behind(committed: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    """What the disk has in an older or damaged version than the last commit."""
    for name, text in committed.items():
        found = there.get(name, "")
        if name == "log":
            if not found.startswith(text):
                yield f"log: {len(found)} bytes on disk, {len(text)} committed"
        else:
            yield from _older(name, text, found)


def _older(name: str, committed: str, found: str) -> Iterator[str]:
    try:
        number = number_of(found)
    except ValueError as error:
        yield f"{name}: {error}"
        return
    if number < number_of(committed):
        yield f"{name}: version {number} on disk, {number_of(committed)} committed"
