"""Whether a gitignore(5) pattern can match anything; git drops those that can't without a word."""

import re

from autosyncd.config.wording import quoted
from autosyncd.core.ignoring import compile_lines

PATTERNS = "allowed: gitignore patterns such as *.tmp or /build/"

_CLASSES = frozenset(
    {"alnum", "alpha", "blank", "cntrl", "digit", "graph"}
    | {"lower", "print", "punct", "space", "upper", "xdigit"}
)
_CLASS = re.compile(r"\[:([^\]]*?):\]")


def check_pattern(pattern: str) -> str:
    """The pattern itself; raises ValueError if it can't be parsed or could never match."""
    if "\n" in pattern or "\0" in pattern:
        raise ValueError(f"{quoted(pattern)} is more than one line; give each pattern an item")
    if pattern.startswith("#"):
        raise ValueError(f"{quoted(pattern)} is a comment in gitignore syntax; write '\\{pattern}'")
    if not pattern.removeprefix("!").strip(" /"):
        raise ValueError(f"{quoted(pattern)} matches nothing; {PATTERNS}")
    why = _flaw(pattern) or (None if compile_lines((pattern,)) else "git can't parse it")
    if why:
        raise ValueError(f"{quoted(pattern)} is no gitignore pattern: {why}; {PATTERNS}")
    return pattern


def _flaw(pattern: str) -> str | None:
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
            if at > len(pattern):
                return "it ends in a lone backslash"
        elif pattern[at] == "[":
            end, why = _bracket(pattern, at + 1)
            if why:
                return why
            at = end
        else:
            at += 1
    return None


def _bracket(pattern: str, at: int) -> tuple[int, str | None]:
    """Where a bracket expression whose inside begins at `at` ends, or what is wrong with it."""
    at += pattern[at : at + 1] in ("!", "^")
    first = at
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        if named := _CLASS.match(pattern, at):
            if named[1] not in _CLASSES:
                return at, f"there is no character class [:{named[1]}:]"
            at = named.end()
            continue
        low, at = _member(pattern, at)
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(pattern, at + 1)
            if high < low:
                return at, f"the range {low}-{high} is the wrong way round"
    return (
        (at + 1, None) if at < len(pattern) else (at, "a [ is never closed; write \\[ for itself")
    )


def _member(pattern: str, at: int) -> tuple[str, int]:
    """One character of a bracket expression, its backslash taken off, and where the next is."""
    at += pattern[at] == "\\" and at + 1 < len(pattern)
    return pattern[at], at + 1
