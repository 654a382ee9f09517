"""Mercurial's ignore rules (`hg help hgignore`), as it reads them itself, for the watcher."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autosyncd.core.expressions import Pair, expressions
from autosyncd.core.ignoring import IgnoreSources, compile_lines
from autosyncd.vcs.hg.command import Hg, raw
from autosyncd.vcs.hg.layout import CONTROL, Layout

ATTEMPTS = 3
"""How often the rules are read if meanwhile other files turn out to count."""

_Stat = tuple[int, int, int, int] | None


@dataclass(slots=True)
class IgnoreRules:
    """What one working copy leaves alone; `lines` are the patterns of the configuration.

    Mercurial is asked again where a rule file has changed. What is tracked although rules cover it
    is gone through once, and then only what has been added since.
    """

    hg: Hg
    layout: Layout
    lines: tuple[str, ...]
    _pairs: tuple[Pair, ...] = ()
    _files: tuple[Path, ...] = ()
    _read: tuple[_Stat, ...] | None = None
    _dirstate: _Stat = None
    _parent: str | None = None
    _kept: frozenset[bytes] = field(default_factory=frozenset)

    async def sources(self) -> IgnoreSources:
        """The rules as they are now."""
        if self._read is None or self._read != self._stats():
            await self._ask_rules()
            self._parent = None
        self._dirstate = _stat(self.layout.control / "dirstate")
        await self._ask_tracked()
        return IgnoreSources(
            lines=self.lines,
            base=self.layout.below,
            kept=self._kept,
            control=frozenset(CONTROL),
            expressions=self._pairs,
            read_from=self._files,
        )

    def changed(self) -> bool:
        """Whether a rule file, or what is tracked, is another one since they were asked for."""
        if self._read is None:
            return False
        return (
            self._dirstate != _stat(self.layout.control / "dirstate") or self._read != self._stats()
        )

    async def _ask_rules(self) -> None:
        for _ in range(ATTEMPTS):
            self._read = self._stats()
            found = await self.hg.ask("ignore_rules")
            self._pairs = tuple((raw(prefix), raw(rest)) for prefix, rest in found["expressions"])
            if not self._counts(found):
                return

    def _counts(self, found: Any) -> bool:
        """Note which files count; whether others did until now."""
        names = dict.fromkeys((*found["files"], *found["settings"]))
        files = dict.fromkeys(Path(os.fsdecode(raw(name))) for name in names)
        before, self._files = self._files, tuple(files | dict.fromkeys(self.hg.settings))
        return self._files != before

    async def _ask_tracked(self) -> None:
        file = self.layout.own / "tracked"
        before = self._kept if self._parent else frozenset()
        self._parent = await self.hg.ask("tracked", since=self._parent, file=str(file))
        self._kept = before | await asyncio.to_thread(self._covered, file)

    def _covered(self, file: Path) -> frozenset[bytes]:
        names = file.read_bytes().split(b"\0")
        file.unlink()
        return covered(filter(None, names), self._pairs, self.lines, self.layout.below)

    def _stats(self) -> tuple[_Stat, ...]:
        return tuple(map(_stat, self._files))


def covered(
    names: Iterable[bytes], pairs: tuple[Pair, ...], lines: tuple[str, ...], base: bytes
) -> frozenset[bytes]:
    """Those of the paths below `base` that rules cover, by themselves or by a folder around them;
    `pairs` are relative to the root, `lines` to `base`."""
    fits, decide = expressions(pairs).fit, compile_lines(lines).decide
    prefix = base + b"/" if base else b""
    folders = {b"": False}

    def inside(folder: bytes) -> bool:
        if folder not in folders:
            folders[folder] = inside(folder.rpartition(b"/")[0]) or fit(folder, is_dir=True)
        return folders[folder]

    def fit(path: bytes, *, is_dir: bool) -> bool:
        own = path.startswith(prefix) and decide(path[len(prefix) :], is_dir=is_dir)
        return bool(own) or fits(path)

    ours = (name for name in names if name.startswith(prefix))
    return frozenset(n for n in ours if inside(n.rpartition(b"/")[0]) or fit(n, is_dir=False))


def _stat(file: Path) -> _Stat:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
