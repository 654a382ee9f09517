"""Writes in a tree every millisecond until its standard input ends: STYLE FOLDER."""

import base64
import hashlib
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path

LINES = 200
FILES = 150
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"\n".join(
    base64.b64encode(hashlib.sha512(b"%d" % number).digest())[:70] for number in range(5)
)


def log(tree: Path, first: bytes = b"") -> Iterator[None]:
    """Appends lines to a file that it holds open."""
    with (tree / "log").open("wb", buffering=0) as out:
        out.write(first)
        for number in range(10**9):
            out.write(b"line %d\n" % number)
            yield


def content(number: int) -> bytes:
    """A version of a file in which all lines are the same."""
    return b"%d\n" % number * LINES


def rewrite(tree: Path) -> Iterator[None]:
    """Opens, writes and closes a file; at any moment it is whole."""
    for number in range(10_000, 100_000):
        descriptor = os.open(tree / "state", os.O_WRONLY | os.O_CREAT)
        os.pwrite(descriptor, content(number), 0)
        os.close(descriptor)
        yield


def in_place(tree: Path) -> Iterator[None]:
    """Writes over what is in a file that it holds open."""
    with (tree / "state").open("wb", buffering=0) as out:
        for number in range(10_000, 100_000):
            os.pwrite(out.fileno(), content(number), 0)
            yield


def rename(tree: Path) -> Iterator[None]:
    """Puts a new file in the place of the old one."""
    for number in range(10**9):
        (tree / ".git" / "new").write_bytes(content(number))
        (tree / ".git" / "new").replace(tree / "state")
        yield


def build(tree: Path) -> Iterator[None]:
    """Writes many files in turn."""
    (tree / "out").mkdir()
    for number in range(10**9):
        (tree / "out" / f"f{number % FILES}").write_bytes(content(number))
        yield


def secret(tree: Path) -> Iterator[None]:
    """A log that begins with a key."""
    return log(tree, KEY)


STYLES = {
    "log": log,
    "rewrite": rewrite,
    "in-place": in_place,
    "rename": rename,
    "build": build,
    "secret": secret,
}


def main(style: str, tree: Path) -> None:
    """Write until nobody listens any more."""
    for _ in STYLES[style](tree):
        if select.select([sys.stdin], [], [], 0.001)[0]:
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
