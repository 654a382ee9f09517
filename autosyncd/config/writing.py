"""The text of configuration files as programs write it: new entries, and words that YAML reads."""

import re
from collections.abc import Mapping

from autosyncd.config.document import UnreadableError
from autosyncd.config.tree import Pairs, Scalar, read_tree

STARTING_TEXT = """\
# The configuration of autosync; autosync.yaml.example shows every key.
# `autosyncctl add PATH` puts a repository under autosync, in a file of its own in autosync.d.
repositories: []
"""

WRITTEN = "# Written by autosyncctl; change it as you like, and then: autosyncctl reload\n"

_PLAIN = re.compile(r"/[A-Za-z0-9_./+-]*[A-Za-z0-9_/]")
_STEM_LENGTH = 80


def drop_in(path: str, settings: Mapping[str, str]) -> str:
    """A file for `autosync.d` with one entry; settings are as the user wrote them."""
    lines = [f"  - path: {path_value(path)}\n"]
    lines += [f"    {key}: {setting_value(text)}\n" for key, text in settings.items()]
    return WRITTEN + "repositories:\n" + "".join(lines)


def path_value(path: str) -> str:
    """An absolute path such that nothing in it is expanded."""
    return path if _PLAIN.fullmatch(path) else quote(path.replace("$", "$$"))


def setting_value(text: str) -> str:
    """The user's text, quoted unless YAML reads it behind a key as it reads it alone."""
    plain = text.strip()
    if not plain or "\n" in plain:
        return quote(text)
    try:
        behind = read_tree(f"key: {plain}\n".encode("utf-8", "surrogateescape"))
        match behind:
            case Pairs(pairs=(pair,)) if pair.key == "key" and not _commented(plain, pair.value):
                return plain
    except UnreadableError:
        pass
    return quote(text)


def _commented(text: str, node: object) -> bool:
    """Whether YAML takes the end of the text for a comment, or all of it for nothing."""
    match node:
        case Scalar(type="nothing"):
            return text not in ("null", "~")
        case Scalar(text=read) if text[0] not in "\"'":
            return read != text
        case Pairs(pairs=()):
            return text != "{}"
    return " #" in text


def quote(text: str) -> str:
    """Any text in YAML's double quotes (YAML 1.1, 5.6)."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def file_stem(name: str) -> str:
    """What a repository's file in `autosync.d` is called, without `.yaml`."""
    plain = re.sub(r"[^\w.+-]+", "-", name).strip("-.")
    while len(plain.encode()) > _STEM_LENGTH:
        plain = plain[:-1]
    return plain or "repository"
