"""Where a path of the tree is: its folder, reached without following any symbolic link."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

GIT = (b".git",)
"""Entries by which a folder is known to be a repository of its own."""

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Why(Enum):
    """Why a path was not brought to its new version."""

    USER_EDIT = "it was changed here"
    OPEN_FOR_WRITING = "a program has it open for writing"
    IN_THE_WAY = "something that is not part of the repository is in its place"
    SYMLINK_PARENT = "a symbolic link is in the place of its folder"
    VANISHED = "it was deleted here"
    UNREADABLE = "it can't be read"
    DENIED = "it can't be replaced"
    STAGED = "another version of it is staged"


class BlockedError(Exception):
    """A path can't be updated; caught within the update of the tree."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Place:
    """A name in an open folder; what happens to the folder's own path does not matter."""

    folder: int
    name: bytes


@contextmanager
def place_of(
    root: int, path: bytes, *, create: bool = False, control: Sequence[bytes] = GIT
) -> Iterator[Place]:
    """Open the folder of `path`, relative to the folder `root`.

    `create` makes missing folders, and refuses folders that are repositories of their own: they
    have one of the entries `control`.
    Raises BlockedError; VANISHED where a folder is missing.
    """
    *parents, name = path.split(b"/")
    folder = os.open(b".", _FOLDER, dir_fd=root)
    try:
        for parent in parents:
            below = _enter(folder, parent, control if create else None)
            os.close(folder)
            folder = below
        yield Place(folder, name)
    finally:
        os.close(folder)


def _enter(folder: int, name: bytes, control: Sequence[bytes] | None) -> int:
    if control is not None:
        _make(folder, name)
    try:
        below = os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        raise BlockedError(Why.VANISHED) from None
    except NotADirectoryError:
        raise BlockedError(_obstacle(folder, name)) from None
    except OSError as error:
        raise BlockedError(Why.UNREADABLE) from error
    if control is not None and own_repository(below, control):
        os.close(below)
        raise BlockedError(Why.IN_THE_WAY)
    return below


def _make(folder: int, name: bytes) -> None:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        pass
    except OSError as error:
        raise BlockedError(Why.DENIED) from error


def _obstacle(folder: int, name: bytes) -> Why:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return Why.VANISHED
    return Why.SYMLINK_PARENT if stat.S_ISLNK(mode) else Why.IN_THE_WAY


def own_repository(folder: int, control: Sequence[bytes] = GIT) -> bool:
    """Whether a folder inside the tree is a repository of its own."""
    return any(_has(folder, name) for name in control)


def _has(folder: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return True


def remove_empty_parents(root: int, path: bytes, keep: bytes) -> None:
    """Remove the folders of a deleted path that are empty now, but not `keep` and those above."""
    parents = path.split(b"/")[:-1]
    for depth in range(len(parents), 0, -1):
        parent = b"/".join(parents[:depth])
        if keep == parent or keep.startswith(parent + b"/"):
            return
        try:
            with place_of(root, parent) as place:
                os.rmdir(place.name, dir_fd=place.folder)
        except (OSError, BlockedError):
            return
