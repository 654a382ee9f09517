"""Which paths nobody wants to know of: gitignore(5) patterns, without reading any file."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class IgnoreSources:
    """Where the ignore rules of a repository come from; later sources win over earlier ones.

    `files` are rule files outside the tree (git: core.excludesFile, then info/exclude) whose
    patterns are relative to the root, `per_directory` the name of the rule file that any folder
    may hold, and `lines` the patterns of the configuration, relative to `base`. `kept` are
    tracked paths that the rules cover and that matter all the same; `control` names entries that
    are never part of the tree (`.git`), and a folder that has one is a repository of its own.
    """

    files: tuple[Path, ...] = ()
    per_directory: bytes | None = None
    lines: tuple[str, ...] = ()
    base: bytes = b""
    kept: frozenset[bytes] = frozenset()
    control: frozenset[bytes] = frozenset()
