"""The names of conflict copies: a pure function of the path and of the content kept there.

`NAME.conflict-ID.EXT`, where ID is the beginning of the content's object id. Since nothing of the
machine, its user or the time is in the name, every machine gives the same version the same name.

The extension is what follows the last dot, so that the copy opens with the same program; `.tar.gz`
and the like stay together. The dots that a name begins with are part of the stem, and so is an
"extension" too long to be one.
"""

import re
from collections.abc import Iterator

NAME_MAX = 255
"""The longest name, in bytes, that common file systems allow."""

LONGEST_EXTENSION = 32
LONGEST_HOST = 20
MOST_NAMES = 100

_MARK = re.compile(rb"(?<=[^/])\.conflict-[0-9a-f]{8,64}(?:-[0-9]+)?(?=(?:\.tar)?(?:\.[^./]*)?\Z)")
_LENGTHS = (8, 16)
_COPY = re.compile(rb"\.conflict-[0-9a-f]{8,64}(?:-[0-9]+)?")
_ODD = re.compile(rb"[^A-Za-z0-9_-]+")
_UTF8_TAIL = 3
"""Continuation bytes a character has at most (RFC 3629)."""


def copy_name(path: bytes, oid: str, attempt: int = 0, longest: int = NAME_MAX) -> bytes:
    """Where a version of `path` with this content is kept.

    The first attempts show ever more digits of the id; after the whole id they count up. A path
    that is itself a conflict copy has its mark replaced, so that names do not grow. No name
    has more than `longest` bytes.
    """
    folder, slash, name = path.rpartition(b"/")
    stem, extension = _split(_unmarked(name))
    tail = b".conflict-" + _digits(oid, attempt) + extension
    return folder + slash + _cut(stem, longest - len(tail)) + tail


def original_of(path: bytes) -> bytes | None:
    """The path that a conflict copy is a version of; None for a path that is no such copy.

    A stem that had to be cut stays cut.
    """
    folder, slash, name = path.rpartition(b"/")
    original = _unmarked(name)
    return None if original == name else folder + slash + original


def plain_names(copy: bytes, host: str | None) -> Iterator[bytes]:
    """Names beside a conflict copy that are no copy's: they say from which machine the version is;
    the first one that is free is to be taken."""
    odd = _ODD.sub(b"-", (host or "").encode("utf-8", "surrogateescape"))
    machine = odd.strip(b"-")[:LONGEST_HOST] or b"other"
    folder, slash, name = copy.rpartition(b"/")
    for number in range(1, MOST_NAMES):
        mark = b".from-" + machine + (b"-%d" % number if number > 1 else b"")
        yield folder + slash + _COPY.sub(mark, name)


def parents(path: bytes) -> Iterator[bytes]:
    """The folders that a path is in, the nearest first."""
    slash = path.rfind(b"/")
    while slash != -1:
        yield path[:slash]
        slash = path.rfind(b"/", 0, slash)


def _unmarked(name: bytes) -> bytes:
    """The name without marks; removing one may lay open another one that somebody made."""
    while (shorter := _MARK.sub(b"", name)) != name:
        name = shorter
    return name


def _digits(oid: str, attempt: int) -> bytes:
    if attempt < len(_LENGTHS):
        return oid[: _LENGTHS[attempt]].encode("ascii")
    count = attempt - len(_LENGTHS)
    return (oid if count == 0 else f"{oid}-{count}").encode("ascii")


def _split(name: bytes) -> tuple[bytes, bytes]:
    stem, extension = _split_at_last_dot(name)
    inner, tar = _split_at_last_dot(stem)
    if tar == b".tar":
        stem, extension = inner, tar + extension
    return (name, b"") if len(extension) > LONGEST_EXTENSION else (stem, extension)


def _split_at_last_dot(name: bytes) -> tuple[bytes, bytes]:
    leading = len(name) - len(name.lstrip(b"."))
    dot = name.rfind(b".", leading)
    return (name, b"") if dot == -1 else (name[:dot], name[dot:])


def _cut(stem: bytes, length: int) -> bytes:
    """The beginning of a stem, at most `length` bytes, not ending within a character."""
    if len(stem) <= length:
        return stem
    end = length
    while end > length - _UTF8_TAIL and stem[end] & 0xC0 == 0x80:
        end -= 1
    return stem[:end]
