"""Where in the configuration something stands, and the mistakes that were found there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.config.wording import one_line, quoted
from autosyncd.errors import ConfigError


@dataclass(slots=True)
class Problems:
    """The mistakes found so far, as complete lines in the order of files and lines."""

    _found: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, label: str, line: int, text: str) -> None:
        """Note a mistake in the file that messages call `label`."""
        self._found.append((label, line, one_line(f"{label}:{line}: {text}")))

    def raise_if_any(self) -> None:
        """Raise ConfigError with all mistakes, if there are any."""
        files = list(dict.fromkeys(label for label, _, _ in self._found))
        ordered = sorted(self._found, key=lambda problem: (files.index(problem[0]), problem[1]))
        if ordered:
            raise ConfigError(tuple(dict.fromkeys(text for _, _, text in ordered)))


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or the command line: what messages call it, and what its values may refer to.

    Relative paths start at `base`.
    """

    label: str
    base: Path
    environment: Mapping[str, str]
    home: Path
    problems: Problems


@dataclass(frozen=True, slots=True)
class Place:
    """A key or an item in a source; `steps` lead to it from the top: keys, and `[0]`, `[1]`, …"""

    source: Source
    line: int
    steps: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The steps as messages show them; empty for the top itself."""
        return "".join(_shown(step) for step in self.steps).removeprefix(".")

    def below(self, name: str, line: int) -> "Place":
        """The place of a key of the mapping that stands here."""
        return Place(self.source, line, (*self.steps, name))

    def item(self, index: int, line: int) -> "Place":
        """The place of an item, counted from 0, of the list that stands here."""
        return Place(self.source, line, (*self.steps, f"[{index}]"))

    def wrong(self, text: str) -> None:
        """Note a mistake: what is wrong; what is allowed (did you mean …?)."""
        self.source.problems.add(
            self.source.label, self.line, f"{self.key}: {text}" if self.key else text
        )

    def __str__(self) -> str:
        return f"{self.source.label}:{self.line}"


def _shown(step: str) -> str:
    if re.fullmatch(r"\[[0-9]+\]", step):
        return step
    return f".{step}" if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f".{quoted(step)}"
