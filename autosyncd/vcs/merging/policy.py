"""Which way of settling a conflict the user wants for which path (`on_conflict`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from autosyncd.config.model import OnConflict
from autosyncd.core.ignoring import Patterns, compile_lines

DEFAULT: OnConflict = "keep-both"


@dataclass(frozen=True, slots=True)
class Policy:
    """Compiled `on_conflict`: of the rules that fit a path, or a folder it is in, the last wins.

    Patterns are relative to `below`, the watched folder within the repository; paths outside of
    it are matched as they are.
    """

    rules: tuple[tuple[Patterns, OnConflict], ...] = ()
    below: bytes = b""

    @classmethod
    def compile(cls, pairs: Iterable[tuple[str, OnConflict]], below: bytes = b"") -> Self:
        """Read the pairs of gitignore pattern and way as the configuration has them."""
        return cls(tuple((compile_lines((pattern,)), way) for pattern, way in pairs), below)

    def of(self, path: bytes) -> OnConflict:
        """The way that is wanted for a path, given relative to the repository's root."""
        relative = path.removeprefix(self.below + b"/") if self.below else path
        fitting = (way for patterns, way in reversed(self.rules) if patterns.covers(relative))
        return next(fitting, DEFAULT)
