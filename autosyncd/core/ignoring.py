"""Which paths nobody wants to know of: gitignore(5) patterns, without reading any file."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from autosyncd.core.expressions import Pair
from autosyncd.core.wildmatch import literal_length, translate

BUILT_IN: tuple[str, ...] = (
    # vim and nano: swap files; vim: its test whether it may create files
    ".*.sw[j-p]",
    ".*.swx",
    ".*.swpx",
    ".sw[n-p]",
    # emacs: locks and auto-saves; emacs, vim, joe, gedit: backups
    ".#*",
    r"\#*#",
    "*~",
    # LibreOffice, Microsoft Office: locks and what is being written
    ".~lock.*#",
    "lu[0-9]*.tmp",
    "~$*",
    # GLib (gedit and all of GNOME), Kate, JetBrains, VS Code
    ".goutputstream-*",
    "*.kate-swp",
    "*___jb_tmp___",
    "*___jb_old___",
    "*___jb_bak___",
    "*.vsctmp",
    # rsync --delay-updates; deleted files that NFS and FUSE keep until they are closed
    ".~tmp~/",
    ".nfs" + "[0-9a-f]" * 24,
    ".fuse_hidden*",
    # what a `clone` of ours is made in
    ".autosync-clone-*/",
    # Not here, since real files have such names: sed's `sedXXXXXX` (as `sedentary`), rsync's
    # `.name.XXXXXX` (as `.name.backup`), Qt's `name.XXXXXX`, `*.tmp`, `*.part`: see `passing`.
)
"""Patterns for what programs leave beside a file while they work on it; never committed."""

NAME_CACHE = 50_000
COMPILED = 256
"""Rule files kept compiled."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class IgnoreSources:
    """Where the ignore rules of a repository come from; later sources win over earlier ones.

    `files` are rule files outside the tree (git: core.excludesFile, then info/exclude) whose
    patterns are relative to the root, `per_directory` the name of the rule file that any folder
    may hold, and `lines` the patterns of the configuration, relative to `base`. `kept` are
    tracked paths that the rules cover and that matter all the same; `control` names entries that
    are never part of the tree (`.git`), and a folder that has one is a repository of its own.

    `expressions` are rules that only the tool itself can read, as it reads them, from `read_from`:
    a change of one of these files is told as one of the tool's own.
    """

    files: tuple[Path, ...] = ()
    per_directory: bytes | None = None
    lines: tuple[str, ...] = ()
    base: bytes = b""
    kept: frozenset[bytes] = frozenset()
    control: frozenset[bytes] = frozenset()
    expressions: tuple[Pair, ...] = ()
    read_from: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern, read. `expression` is for the whole path, or, `by_name`, for its last part."""

    negative: bool
    only_folders: bool
    by_name: bool
    expression: bytes


class Patterns:
    """The patterns of one rule file, the last that fits wins; paths are relative to its folder."""

    __slots__ = ("_files", "_folders", "_path_gate", "_path_rules", "_rules")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        names = [(at, rule) for at, rule in enumerate(rules) if rule.by_name]
        self._folders = _Names(names)
        self._files = _Names([(at, rule) for at, rule in names if not rule.only_folders])
        paths = [(at, rule) for at, rule in enumerate(rules) if not rule.by_name]
        self._path_gate = _alternatives(rule for _, rule in paths)
        self._path_rules = tuple(
            (at, rule.only_folders, re.compile(rule.expression, re.DOTALL).fullmatch)
            for at, rule in reversed(paths)
        )

    def __bool__(self) -> bool:
        """Whether there is any pattern at all."""
        return bool(self._rules)

    def decide(self, path: bytes, *, is_dir: bool) -> bool | None:
        """True: ignored, False: re-included, None: no pattern fits. Parent folders do not count."""
        cut = path.rfind(b"/") + 1
        return self.decide_in(path[:cut], path[cut:], is_dir=is_dir)

    def decide_in(self, prefix: bytes, name: bytes, *, is_dir: bool) -> bool | None:
        """The same for a name in a folder; `prefix` is empty or ends in a slash."""
        at = (self._folders if is_dir else self._files).last(name)
        if self._path_rules and self._path_gate(path := prefix + name):
            at = max(at, self._last_by_path(path, is_dir=is_dir))
        return None if at < 0 else not self._rules[at].negative

    def covers(self, path: bytes, *, is_dir: bool = False) -> bool:
        """Whether these patterns ignore what is at `path`, or any of the folders it is in."""
        if not self._rules:
            return False
        slash = path.find(b"/")
        while slash != -1:
            if self.decide(path[:slash], is_dir=True):
                return True
            slash = path.find(b"/", slash + 1)
        return bool(self.decide(path, is_dir=is_dir))

    def _last_by_path(self, path: bytes, *, is_dir: bool) -> int:
        for at, only_folders, match in self._path_rules:
            if (is_dir or not only_folders) and match(path):
                return at
        return -1


def compile_lines(lines: Sequence[str]) -> Patterns:
    """Read patterns, one a line; what can't be understood matches nothing, as in git."""
    return compile_file(b"\n".join(line.encode("utf-8", "surrogateescape") for line in lines))


@lru_cache(maxsize=COMPILED)
def compile_file(content: bytes) -> Patterns:
    """Read a whole rule file; many repositories have the same rules."""
    lines = content.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    return Patterns([rule for line in lines if (rule := _rule(line)) is not None])


class _Names:
    """The number of the last rule that fits a name, remembered: most names come again and again."""

    __slots__ = ("_gate", "_rules", "_seen")

    def __init__(self, rules: Sequence[tuple[int, Rule]]) -> None:
        self._rules = tuple(
            (at, re.compile(rule.expression, re.DOTALL).fullmatch) for at, rule in reversed(rules)
        )
        self._gate = _alternatives(rule for _, rule in rules)
        self._seen: dict[bytes, int] = {}

    def last(self, name: bytes) -> int:
        found = self._seen.get(name)
        if found is None:
            found = self._find(name)
            if len(self._seen) >= NAME_CACHE:
                self._seen.clear()
            self._seen[name] = found
        return found

    def _find(self, name: bytes) -> int:
        if self._rules and self._gate(name):
            return next((at for at, match in self._rules if match(name)), -1)
        return -1


def _alternatives(rules: Iterable[Rule]) -> Callable[[bytes], object]:
    """One expression for all: nearly every path fits none, and one test tells."""
    expressions = b"|".join(dict.fromkeys(b"(?:" + rule.expression + b")" for rule in rules))
    return re.compile(expressions, re.DOTALL).fullmatch


def _rule(line: bytes) -> Rule | None:
    if line.startswith(b"#"):
        return None
    pattern = _without_trailing_spaces(line.removesuffix(b"\r").split(b"\0", 1)[0])
    negative = pattern.startswith(b"!")
    pattern = pattern[negative:]
    only_folders = pattern.endswith(b"/")
    pattern = pattern[: len(pattern) - only_folders]
    by_name = b"/" not in pattern
    expression = translate(pattern) if by_name else _path_expression(pattern)
    if not pattern or expression is None:
        return None
    return Rule(negative, only_folders, by_name, expression)


def _path_expression(pattern: bytes) -> bytes | None:
    """git compares what precedes the first wildcard by itself, so `a**/b` has a `**` of its own."""
    pattern = pattern.removeprefix(b"/")
    literal = literal_length(pattern)
    rest = translate(pattern[literal:])
    return None if rest is None else re.escape(pattern[:literal]) + rest


def _without_trailing_spaces(line: bytes) -> bytes:
    """Spaces at the end do not count, unless a backslash stands before them."""
    stripped = line.rstrip(b" ")
    backslashes = len(stripped) - len(stripped.rstrip(b"\\"))
    return line[: len(stripped) + 1] if backslashes % 2 and line != stripped else stripped
