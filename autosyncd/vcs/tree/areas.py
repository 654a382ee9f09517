"""On which file system each path is: files can only be exchanged within one."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path


def areas(root: Path, own: Path, paths: Iterable[bytes]) -> Mapping[bytes, bytes | None]:
    """For each path, where its new version has to be made ready: None for `own`, else the
    topmost folder on the path's file system, relative to `root`."""
    home = own.stat().st_dev
    by_folder: dict[bytes, bytes | None] = {}
    found = {}
    for path in paths:
        folder = path.rpartition(b"/")[0]
        if folder not in by_folder:
            by_folder[folder] = _area(root, folder, home)
        found[path] = by_folder[folder]
    return found


def _area(root: Path, folder: bytes, home: int) -> bytes | None:
    """Follow the folders down as far as they exist; the last change of device decides."""
    device, area, below = root.lstat().st_dev, b"", b""
    for name in folder.split(b"/") if folder else ():
        below = below + b"/" + name if below else name
        try:
            status = (root / os.fsdecode(below)).lstat()
        except OSError:
            break
        if not stat.S_ISDIR(status.st_mode):
            break
        if status.st_dev != device:
            device, area = status.st_dev, below
    return None if device == home else area
