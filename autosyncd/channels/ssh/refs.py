"""What the watcher says, and which commit is new in it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """The refs of the repository with this number, counted from 1: names and commits.

    What else tells of changes (packed refs, other tools) is there under names that are no refs.
    """

    number: int
    refs: Mapping[str, str]


class Listener:
    """Puts the watcher's lines together."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._refs: dict[str, str] = {}

    def take(self, line: str) -> Moved | None:
        """One line; a value when it completes one."""
        word, _, rest = line.partition(" ")
        if self._number is None:
            if word == "moved" and rest.isdecimal():
                self._number, self._refs = int(rest), {}
            return None
        if line == "end":
            number, self._number = self._number, None
            return Moved(number, self._refs)
        path, _, commit = line.rpartition(":")
        name = path.partition("/refs/heads/")[2]
        if name and commit.isalnum():
            self._refs[name] = commit
        elif line:
            self._refs[f"file {line}"] = ""
        return None


def news(
    before: Mapping[str, str] | None, now: Mapping[str, str], branch: str | None
) -> str | None:
    """The commit that the branch, or the only branch that moved, is at now; None if unknown."""
    before = before or {}
    moved = [name for name, commit in now.items() if before.get(name) != commit and commit]
    if branch in moved:
        return now[branch]
    return now[moved[0]] if len(moved) == 1 else None
