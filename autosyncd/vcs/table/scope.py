"""Which paths of a working copy are looked at, and what is there on the disk."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autosyncd.config.model import VcsTable
from autosyncd.core.ignoring import Patterns, compile_lines
from autosyncd.vcs.base import Left, Stamp, stamp
from autosyncd.vcs.merging.conflict_names import NAME_MAX
from autosyncd.vcs.table.paths import inside, parents

CONTROL = frozenset({b".git", b".hg", b".svn", b".bzr", b"_darcs", b".fslckout", b"_FOSSIL_"})
"""What tools keep in the tree: never committed, and a folder with one is a repository."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A working copy; `below` is the watched folder in it, the patterns are relative to that."""

    root: Path
    below: bytes
    patterns: Patterns
    control: frozenset[bytes]
    own: Patterns
    """What the tool keeps in the tree, relative to the root."""
    links: bool = True
    text_names: bool = False
    longest_name: int = NAME_MAX

    def everything(self, root: Path) -> "Scope":
        """All of another working copy of the same tool, nothing left out."""
        none = compile_lines(())
        return replace(self, root=root, below=b"", patterns=none)

    def full(self, path: bytes) -> bytes:
        """The path on the disk."""
        return os.path.join(os.fsencode(self.root), path)

    def wanted(self, path: bytes, *, is_dir: bool = False) -> bool:
        """Whether a path is one that may be committed, or for a folder what is in it."""
        if self.below and not inside(path, self.below):
            return False
        if any(part in self.control for part in path.split(b"/")):
            return False
        if self.own.covers(path, is_dir=is_dir):
            return False
        relative = path[len(self.below) + 1 :] if self.below else path
        return bool(relative) and not self.patterns.covers(relative, is_dir=is_dir)

    def foreign(self, path: bytes) -> bool:
        """Whether a folder around a path is a link, or a repository of its own; blocks."""
        for folder in parents(path):
            full = self.full(folder)
            if os.path.islink(full) or any(os.path.lexists(full + b"/" + n) for n in self.control):
                return True
        return False

    def refusal(self, path: bytes, status: os.stat_result) -> Left | None:
        """Why a path can't be kept by the tool."""
        mode = status.st_mode
        if b"\n" in path or b"\r" in path:
            return Left(path, "its name has a line break", "give it another name, or ignore it")
        if self.text_names and not is_text(path):
            return Left(path, "its name is not UTF-8", "give it another name, or ignore it")
        if len(path.rpartition(b"/")[2]) > self.longest_name:
            why = f"its name is longer than {self.longest_name} bytes"
            return Left(path, why, "give it another name, or ignore it")
        if stat.S_ISLNK(mode):
            if self.links:
                return None
            return Left(path, "it is a symbolic link, which the tool can't keep", "ignore it")
        if not stat.S_ISREG(mode):
            return Left(path, "it is neither a file nor a link", "remove or ignore it")
        return None

    def walk(self, top: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
        """All that is at or below `top` and no folder; repositories inside are left alone."""
        try:
            status = os.lstat(self.full(top) if top else os.fsencode(self.root))
        except OSError:
            return
        if not stat.S_ISDIR(status.st_mode):
            if self.wanted(top):
                yield top, status
            return
        yield from self._within(top)

    def _within(self, folder: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
        try:
            entries = sorted(os.scandir(self.full(folder)), key=lambda entry: entry.name)
        except OSError:
            return
        names = {entry.name for entry in entries}
        if folder and names & self.control:
            return
        for entry in entries:
            path = folder + b"/" + entry.name if folder else entry.name
            if entry.name in self.control:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if self.enters(path):
                        yield from self._within(path)
                elif self.wanted(path):
                    yield path, entry.stat(follow_symlinks=False)
            except OSError:
                continue

    def enters(self, folder: bytes) -> bool:
        """Whether anything wanted can be in there."""
        if self.below and inside(self.below, folder):
            return True
        return self.wanted(folder, is_dir=True) if folder else True

    def stamps(self, tops: Iterable[bytes]) -> dict[bytes, Stamp]:
        """The versions of all files at or below these places."""
        return {path: stamp(status) for top in tops for path, status in self.walk(top)}


def make_scope(
    root: Path, below: bytes, lines: tuple[str, ...], table: VcsTable, host: str
) -> Scope:
    """Compile the patterns of the configuration and of a table, and those for what this host
    moved aside: it was ignored, and may be a secret."""
    mark = "*.local-" + re.sub(r"([*?\[\\!#])", r"\\\1", host.replace("/", "-"))
    aside = (mark, f"{mark}.*", f"{mark}-[0-9]*")
    return Scope(
        root,
        below,
        compile_lines(lines),
        CONTROL | {os.fsencode(table.detect)},
        compile_lines((*table.ignore, *aside)),
        table.links,
        table.names == "utf-8",
        table.longest_name,
    )


def is_text(path: bytes) -> bool:
    """Whether a name is UTF-8."""
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True
