"""The file systems that are mounted below a folder, by the text of mountinfo (proc(5))."""

import re
from collections.abc import Mapping
from functools import lru_cache

_AUTOMATIC = b"autofs"
"""Stands where a file system will be mounted when somebody looks there."""


def mounts_below(mountinfo: bytes, root: bytes) -> dict[bytes, str]:
    """What is mounted below an absolute path, by its folder (relative) and in one line each.

    Of several mounts on the same folder the last one hides the others.
    """
    inside = root.rstrip(b"/") + b"/"
    return {p.removeprefix(inside): one for p, one in _mounts(mountinfo) if p.startswith(inside)}


@lru_cache(maxsize=1)
def _mounts(mountinfo: bytes) -> tuple[tuple[bytes, str], ...]:
    """All of them, by their folders; many repositories ask about the same text."""
    found = []
    for line in mountinfo.split(b"\n"):
        fields = line.split(b" ")
        if len(fields) < 10 or b"-" not in fields[6:]:
            continue
        kind, source = fields[fields.index(b"-", 6) + 1 :][:2]
        if kind != _AUTOMATIC:
            identity = _identity(fields[2], fields[3], kind, source)
            found.append((unescaped(fields[4]), identity))
    return tuple(found)


def _identity(device: bytes, folder: bytes, kind: bytes, source: bytes) -> str:
    """What stays the same from one start of the machine to the next. A disk or a server is known
    by its name, what has none by its device number."""
    name = source if source.startswith(b"/") or b":" in source else source + b" " + device
    return b" ".join((kind, name, folder)).decode("utf-8", "backslashreplace")


def doubtful(known: Mapping[bytes, str], now: Mapping[bytes, str]) -> dict[bytes, str | None]:
    """The folders at which something else is mounted than belongs there, and what that is now."""
    return {
        folder: now.get(folder)
        for folder in sorted(known.keys() | now.keys())
        if known.get(folder) != now.get(folder)
    }


def unescaped(field: bytes) -> bytes:
    """A field of mountinfo; the kernel writes space, tab, newline and backslash as three octal
    digits."""
    return re.sub(rb"\\([0-7]{3})", lambda found: bytes((int(found[1], 8),)), field)
