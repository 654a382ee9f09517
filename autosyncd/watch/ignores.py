"""The ignore rules of one watched tree, read from their files as the walk comes by."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autosyncd.core.expressions import Expressions, expressions
from autosyncd.core.ignoring import IgnoreSources, Patterns, compile_file, compile_lines
from autosyncd.watch.base import Target


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file as it was read."""

    content: bytes
    patterns: Patterns = field(compare=False)


class Folder(Protocol):
    """What the rules need to know of a folder; only the top one has no parent."""

    @property
    def parent(self) -> Folder | None: ...

    @property
    def name(self) -> bytes: ...

    @property
    def veiled(self) -> bool: ...

    @property
    def rules(self) -> RuleFile | None: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules that hold for the entries of one folder, the strongest first.

    `prefix` is what precedes the entries' names in a path relative to the root; each of `rules`
    has the prefix relative to its own folder.
    """

    prefix: bytes
    veiled: bool
    rules: tuple[tuple[Patterns, bytes], ...]
    kept: frozenset[bytes]
    leading: frozenset[bytes]
    expressions: Expressions

    def ignores(self, name: bytes, *, is_dir: bool) -> bool:
        """Whether nobody wants to know of an entry."""
        return self.covers(name, is_dir=is_dir) and not self.matters(name)

    def covers(self, name: bytes, *, is_dir: bool) -> bool:
        """Whether the rules cover an entry, tracked or not."""
        if self.veiled or (self.expressions and self.expressions.fit(self.prefix + name)):
            return True
        for patterns, prefix in self.rules:
            verdict = patterns.decide_in(prefix, name, is_dir=is_dir)
            if verdict is not None:
                return verdict
        return False

    def matters(self, name: bytes) -> bool:
        """Whether an entry that the rules cover is tracked, or leads to something tracked."""
        path = self.prefix + name
        return path in self.kept or path in self.leading


class Ignores:
    """Decides for one target; knows the rules outside the tree, and is shown those in it."""

    def __init__(self, target: Target) -> None:
        self._root = os.fsencode(target.root)
        self._above = tuple(_above(target.below)) if target.sources.per_directory else ()
        self._outer: tuple[tuple[bytes, RuleFile], ...] = ()
        self.use(target.sources)

    def use(self, sources: IgnoreSources) -> None:
        """Decide by these from now on."""
        self._sources = sources
        self._lines = compile_lines(sources.lines)
        self._base = _as_prefix(sources.base)
        self._leading = frozenset(_parents(sources.kept))
        self._expressions = expressions(sources.expressions)
        self.reload()

    @property
    def outer_files(self) -> tuple[Path, ...]:
        """The rule files outside the watched folder, whether they exist or not."""
        name = os.fsdecode(self._sources.per_directory or b"")
        above = (Path(os.fsdecode(self._full(prefix)), name) for prefix in self._above)
        return (*self._sources.files, *self._sources.read_from, *above)

    def reload(self) -> bool:
        """Read the rules outside the watched folder again; returns whether any has changed."""
        before = [(prefix, rules.content) for prefix, rules in self._outer]
        self._outer = tuple(self._read_outer())
        return before != [(prefix, rules.content) for prefix, rules in self._outer]

    def read(self, folder: bytes) -> RuleFile | None:
        """The rule file in a folder of the tree; a symbolic link is none (gitignore(5))."""
        name = self._sources.per_directory
        return _read(folder + b"/" + name, os.O_NOFOLLOW) if name else None

    def scope(self, folder: Folder, path: bytes) -> Scope:
        """The rules for the entries of the folder at `path`."""
        prefix = _as_prefix(path)
        return Scope(
            prefix,
            folder.veiled,
            tuple(self._rules(folder, prefix)),
            self._sources.kept,
            self._leading,
            self._expressions,
        )

    def _rules(self, folder: Folder, prefix: bytes) -> Iterator[tuple[Patterns, bytes]]:
        if self._lines and prefix.startswith(self._base):
            yield self._lines, prefix[len(self._base) :]
        inner = b""
        here: Folder | None = folder
        while here is not None:
            if here.rules is not None:
                yield here.rules.patterns, inner
            inner = here.name + b"/" + inner
            here = here.parent
        for start, rules in self._outer:
            yield rules.patterns, prefix[len(start) :]

    def _read_outer(self) -> Iterator[tuple[bytes, RuleFile]]:
        """Strongest first."""
        for prefix in reversed(self._above):
            if rules := self.read(self._full(prefix)):
                yield prefix, rules
        for file in reversed(self._sources.files):
            if rules := _read(os.fsencode(file), 0):
                yield b"", rules

    def _full(self, prefix: bytes) -> bytes:
        return self._root + b"/" + prefix


def _read(path: bytes, flags: int) -> RuleFile | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
            content = file.read()
    except OSError:
        return None
    return RuleFile(content, compile_file(content or b""))


def _as_prefix(path: bytes) -> bytes:
    return path + b"/" if path else b""


def _above(below: bytes) -> Iterator[bytes]:
    """The prefixes of the folders above `below`, the root first; none for the root itself."""
    parts = below.split(b"/") if below else []
    for depth in range(len(parts)):
        yield _as_prefix(b"/".join(parts[:depth]))


def _parents(paths: Iterable[bytes]) -> set[bytes]:
    parents: set[bytes] = set()
    for path in paths:
        slash = path.rfind(b"/")
        while slash != -1 and path[:slash] not in parents:
            parents.add(path[:slash])
            slash = path.rfind(b"/", 0, slash)
    return parents
