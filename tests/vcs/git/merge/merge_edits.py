"""Random edits of random trees, and what of them must stay visible.

Every line that anybody writes is a token of its own. Who removes a token has seen it; all others
must be in the tree in the end (the oracle of "Mysteries of Dropbox", Hughes et al., ICST 2016).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal, get_args

from hypothesis import strategies as st

from tests.vcs.git.merge.merge_world import EXECUTABLE, SYMLINK, File, Files

PATHS = (
    b"a",
    b"a/x",
    b"a/y.txt",
    b"b.txt",
    b"b.conflict-01234567.txt",
    b"c.tar.gz",
    b"d/e/f",
    b"d/\xff\xfe",
    b"two\nlines",
)
TOKEN = re.compile(rb"t[0-9]+\.[0-9]+;")
LINES = 6

Kind = Literal["text", "binary", "link", "line", "insert", "cut", "delete", "rename", "mode"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one path; `number` chooses a line, or the path of which to rename."""

    kind: Kind
    path: bytes
    number: int


edits = st.builds(
    Edit,
    st.sampled_from((*KINDS, "line", "insert")),
    st.sampled_from(PATHS),
    st.integers(0, LINES - 1),
)


def tokens(files: Files) -> frozenset[bytes]:
    """All tokens that can be seen in a tree."""
    return frozenset(_counted(files))


def _counted(files: Files) -> Counter[bytes]:
    return Counter(token for file in files.values() for token in TOKEN.findall(file.content))


@dataclass
class Writers:
    """Makes edits, and knows what was written and who removed what knowingly."""

    written: set[bytes] = field(default_factory=set)
    superseded: set[bytes] = field(default_factory=set)
    _number: Iterator[int] = field(default_factory=count)

    def edit(self, files: Files, wanted: Sequence[Edit]) -> dict[bytes, File]:
        """The tree after some edits of one writer who sees it."""
        result = dict(files)
        for one in wanted:
            result = self._apply(result, one)
        self.saw(files, result)
        return result

    def saw(self, before: Files, after: Files) -> None:
        """Somebody who saw one tree has made the other one of it.

        A token may be there twice, if two have renamed one file to two names. Who removes one of
        them may be one of two who remove one each.
        """
        self.written |= tokens(after)
        self.superseded |= (_counted(before) - _counted(after)).keys()

    def visible(self) -> set[bytes]:
        """What every tree must show once all have seen everything."""
        return self.written - self.superseded

    def _apply(self, files: dict[bytes, File], edit: Edit) -> dict[bytes, File]:
        old = files.get(edit.path)
        match edit.kind:
            case "text" | "binary" | "link":
                return _put(files, edit.path, self._fresh(edit.kind))
            case "delete":
                return {path: file for path, file in files.items() if path != edit.path}
            case "rename" if files:
                source = sorted(files)[edit.number % len(files)]
                rest = {path: file for path, file in files.items() if path != source}
                return _put(rest, edit.path, files[source])
            case "mode" if old and old.mode != SYMLINK:
                mode = "100644" if old.mode == EXECUTABLE else EXECUTABLE
                return {**files, edit.path: replace(old, mode=mode)}
            case "line" | "insert" | "cut" if old and old.mode != SYMLINK:
                return {**files, edit.path: replace(old, content=self._lines(old.content, edit))}
            case _:
                return files

    def _fresh(self, kind: Kind) -> File:
        number = next(self._number)
        if kind == "link":
            return File(b"t%d.0;" % number, SYMLINK)
        lines = b"".join(b"t%d.%d;\n" % (number, line) for line in range(LINES))
        return File(b"\0" + lines if kind == "binary" else lines)

    def _lines(self, content: bytes, edit: Edit) -> bytes:
        lines = content.splitlines(keepends=True)
        at = min(edit.number, len(lines))
        taken = 0 if edit.kind == "insert" else 1
        new = [] if edit.kind == "cut" else [b"t%d.0;\n" % next(self._number)]
        return b"".join((*lines[:at], *new, *lines[at + taken :]))


def _put(files: Files, path: bytes, file: File) -> dict[bytes, File]:
    """The tree with a file at a path; what is in its way is gone."""
    rest = {
        other: there
        for other, there in files.items()
        if not other.startswith(path + b"/") and not path.startswith(other + b"/")
    }
    return {**rest, path: file}
