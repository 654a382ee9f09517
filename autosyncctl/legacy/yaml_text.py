"""Writes the YAML: values are quoted so that they are read back as they are, bytes included."""

import re
from collections.abc import Iterable, Iterator

from autosyncctl.words import clean

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*|[0-9]+s")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def scalar(text: str) -> str:
    """One value; bytes that were no UTF-8 are surrogates here, and escapes there."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def flow(words: Iterable[str]) -> str:
    """A list in one line."""
    return f"[{', '.join(map(scalar, words))}]"


def commands(lines: tuple[tuple[str, ...], ...]) -> str:
    """One command, or several."""
    if len(lines) == 1:
        return flow(lines[0])
    return f"[{', '.join(map(flow, lines))}]"


def comment(text: str) -> Iterator[str]:
    """A text as comment lines, one for each line of it."""
    for line in text.split("\n"):
        yield f"# {clean(line)}".rstrip()


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable() and char != "\ufeff":
        return char
    code = ord(char)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
