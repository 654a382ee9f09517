"""Working trees as values: read from the disk, written to it as editors and programs do."""

import hashlib
import os
import stat
from collections.abc import Mapping

from tests.vcs.git.merge.merge_world import EXECUTABLE, SYMLINK, File

Tree = Mapping[bytes, File]
REGULAR = "100644"
STYLES = ("in place", "rename over", "unlink first")


def read(root: bytes) -> dict[bytes, File]:
    """Every file and link below a working tree."""
    found = {}
    for here, folders, names in os.walk(root):
        if b".git" in folders:
            folders.remove(b".git")
        for name in names + [name for name in folders if _is_link(here, name)]:
            path = os.path.join(here, name)
            found[os.path.relpath(path, root)] = _file(path)
    return found


def _is_link(here: bytes, name: bytes) -> bool:
    return os.path.islink(os.path.join(here, name))


def _file(path: bytes) -> File:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return File(os.readlink(path), SYMLINK)
    with open(path, "rb") as file:
        return File(file.read(), EXECUTABLE if mode & 0o100 else REGULAR)


def write(root: bytes, before: Tree, after: Tree, style: str) -> None:
    """Make one tree of the other, touching only what differs."""
    for path in sorted(before.keys() - after.keys(), reverse=True):
        os.unlink(os.path.join(root, path))
        _prune(root, os.path.dirname(path))
    for path, file in after.items():
        if before.get(path) != file:
            _write(os.path.join(root, path), before.get(path), file, style)


def _prune(root: bytes, folder: bytes) -> None:
    """Remove folders that are empty now: files may want their names."""
    while folder and not os.listdir(os.path.join(root, folder)):
        os.rmdir(os.path.join(root, folder))
        folder = os.path.dirname(folder)


def _write(path: bytes, before: File | None, file: File, style: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if file.mode == SYMLINK or (before and before.mode == SYMLINK) or style == "unlink first":
        if before:
            os.unlink(path)
        style = "in place"
    if file.mode == SYMLINK:
        os.symlink(file.content, path)
        return
    target = path + b"~saving" if style == "rename over" else path
    with open(target, "wb") as out:
        out.write(file.content)
    os.chmod(target, 0o755 if file.mode == EXECUTABLE else 0o644)
    os.replace(target, path)


def blob_id(file: File) -> str:
    """The object id under which git keeps this content (SHA-1, no filters)."""
    data = b"blob %d\0" % len(file.content) + file.content
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
