"""What the keys of a tool's table may hold: paths in a repository, and regular expressions."""

import re
from dataclasses import dataclass
from typing import Any

from autosyncd.config.place import Place
from autosyncd.config.scalars import Text, read_scalar, text_of
from autosyncd.config.structures import ListOf
from autosyncd.config.tree import Node, Scalar
from autosyncd.config.wording import quoted

ENTRY = Text("the name of a file or folder in a repository's root", r"(?!\.{1,2}$)[^/]+")
INNER = ListOf(
    Text("a path inside a repository", r"(?!/)(?!(?:.*/)?\.{1,2}(?:/|$)).+"),
    "a list of paths relative to a repository's root such as [.mytool/head]",
)
PATHS = ("path", "paths")
REMOTE = ("url", "tip", "repository", "id")


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression (Python's re) that finds `groups` of a line."""

    groups: tuple[str, ...]

    @property
    def allowed(self) -> str:
        named = " and ".join(f"(?P<{name}>…)" for name in self.groups)
        return f"allowed: a regular expression with {named}"

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> str:
        text = text_of(scalar, self.allowed)
        try:
            found = re.compile(text)
        except re.error as error:
            raise ValueError(f"{quoted(text)}: {error.msg}; {self.allowed}") from error
        if missing := [name for name in self.groups if name not in found.groupindex]:
            raise ValueError(f"{quoted(text)} has no (?P<{missing[0]}>…); {self.allowed}")
        return text


PATH_LINE = Expression(("path",))
