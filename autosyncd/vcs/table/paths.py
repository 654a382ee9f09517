"""How paths lie to one another."""

from collections.abc import Iterable, Iterator

from autosyncd.vcs.base import Change


def inside(path: bytes, folder: bytes) -> bool:
    """Whether a path is a folder, or in it; empty bytes are the root."""
    return not folder or path == folder or path.startswith(folder + b"/")


def parents(path: bytes) -> Iterator[bytes]:
    """The folders around a path, the innermost first."""
    while path := path.rpartition(b"/")[0]:
        yield path


def touched(changes: Iterable[Change]) -> list[bytes]:
    """The paths of changes, those that renamed ones had before included."""
    return [path for c in changes for path in (c.source, c.path) if path is not None]
