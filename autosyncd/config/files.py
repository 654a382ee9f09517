"""Reads configuration files from the disk and checks each by its table."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.config.document import UnreadableError
from autosyncd.config.legacy import import_hint, is_legacy
from autosyncd.config.place import Place, Problems, Source
from autosyncd.config.schema import DROP_IN
from autosyncd.config.structures import Block, Given, Section
from autosyncd.config.tree import Node, read_tree
from autosyncd.config.values import make_absolute
from autosyncd.config.wording import quoted

DROP_IN_FOLDER = "autosync.d"
COMMAND_LINE = "command line"

SIZE_LIMIT = 4_000_000
"""The largest file in bytes; ten thousand repositories need a fifth of it."""


@dataclass(slots=True)
class Reader:
    """Reads one configuration; `sources` are the files read so far."""

    environment: Mapping[str, str]
    home: Path
    problems: Problems = field(default_factory=Problems)
    sources: list[Path] = field(default_factory=list)

    def file(self, path: Path, section: Section) -> Block | None:
        """The checked content of a file; None, with the mistake noted, if there is none."""
        here = make_absolute(_working_directory() or Path("/"), path)
        self.sources.append(here)
        place = self._place(str(path), here.parent)
        if (data := _content(path, place)) is None:
            return None
        return _checked(data, place, section)

    def text(self, text: str, section: Section) -> Block | None:
        """The checked content of a text that is in no file yet."""
        return _checked(
            text.encode("utf-8", "surrogateescape"), self._place("new", Path("/")), section
        )

    def drop_ins(self, file: Path) -> tuple[Block | None, ...]:
        """All files in `autosync.d` beside `file`, in the order of their names."""
        return tuple(block for _, block in self.drop_in_files(file))

    def drop_in_files(self, file: Path) -> Iterator[tuple[Path, Block | None]]:
        """The same, each with its path."""
        for path in self._yaml_files(file.parent / DROP_IN_FOLDER):
            yield path, self.file(path, DROP_IN)

    def _yaml_files(self, folder: Path) -> Iterator[Path]:
        try:
            names = sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return
        except OSError as error:
            place = self._place(str(folder), folder)
            place.wrong(f"can't be read: {error.strerror}; a readable directory is allowed")
            return
        for name in names:
            if name.endswith(".yaml") and not name.startswith("."):
                yield folder / name

    def command_line(self, paths: Sequence[Path]) -> Iterator[Block]:
        """Entries for the paths of the command line; messages count them from 1."""
        base = _working_directory()
        for number, path in enumerate(paths, 1):
            source = self._place(COMMAND_LINE, base or Path("/")).source
            place = Place(source, number, ("PATH",))
            if base or path.is_absolute():
                entry = Given(make_absolute(source.base, path), place)
                yield Block(place, {"path": entry})
            else:
                gone = "is relative, and the working directory is gone; an absolute path is allowed"
                place.wrong(f"{quoted(str(path))} {gone}")

    def nothing(self) -> Block:
        """What a configuration without any file says."""
        return Block(self._place(COMMAND_LINE, Path("/")))

    def _place(self, label: str, base: Path) -> Place:
        return Place(Source(label, base, self.environment, self.home, self.problems), 1)


def _working_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None


def _content(path: Path, place: Place) -> bytes | None:
    try:
        found = path.stat()
        if why := _unfit(found):
            place.wrong(f"can't be read: {why}")
            return None
        return path.read_bytes()
    except OSError as error:
        place.wrong(f"can't be read: {error.strerror}; a file that this user can read is allowed")
        return None


def _unfit(found: os.stat_result) -> str | None:
    if stat.S_ISDIR(found.st_mode):
        return "it is a directory; name the file in it"
    if not stat.S_ISREG(found.st_mode):
        return "it is no regular file; a reload must be able to read it again"
    if found.st_size > SIZE_LIMIT:
        return f"it has {found.st_size} bytes; at most {SIZE_LIMIT} are allowed"
    return None


def _checked(data: bytes, place: Place, section: Section) -> Block | None:
    if (node := _tree(data, place, section)) is None:
        return None
    block = section.read(node, place)
    return block if isinstance(block, Block) else None


def _tree(data: bytes, place: Place, section: Section) -> Node | None:
    if is_legacy(data):
        place.wrong(import_hint(place.source.label))
        return None
    try:
        node = read_tree(data)
    except UnreadableError as error:
        Place(place.source, error.line).wrong(str(error))
        return None
    if node is None:
        place.wrong(f'is empty; {section.allowed}; write "repositories: []" to watch nothing')
    return node
