"""Puts values into the words of a command; nothing ever goes through a shell."""

import re
from collections.abc import Iterator, Mapping, Sequence

ROOM = 100_000
"""Bytes of paths in one command; the kernel allows some more (execve(2))."""

_TOKEN = re.compile(rb"\{\{|\}\}|\{([a-z]+)\}")

Values = Mapping[str, bytes]


def fill(argv: Sequence[str], values: Values, paths: Sequence[bytes] = ()) -> list[bytes]:
    """The command; a word with `{paths}` is there once for each path."""
    words: list[bytes] = []
    for word in argv:
        template = word.encode("utf-8", "surrogateescape")
        if "{paths}" in word:
            words += [_filled(template, {**values, "paths": path}) for path in paths]
        else:
            words.append(_filled(template, values))
    return words


def _filled(template: bytes, values: Values) -> bytes:
    def value(found: re.Match[bytes]) -> bytes:
        return values[found[1].decode()] if found[1] else found[0][:1]

    return _TOKEN.sub(value, template)


def runs(argv: Sequence[str], values: Values, paths: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The commands for these paths: one for each, one for many, or one alone."""
    if any("{path}" in word for word in argv):
        for path in paths:
            yield fill(argv, {**values, "path": path})
    elif any("{paths}" in word for word in argv):
        for some in batches(paths):
            yield fill(argv, values, some)
    else:
        yield fill(argv, values)


def batches(paths: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The paths in portions that fit into a command."""
    some: list[bytes] = []
    size = 0
    for path in paths:
        if some and size + len(path) > ROOM:
            yield some
            some, size = [], 0
        some.append(path)
        size += len(path) + 10
    if some:
        yield some
