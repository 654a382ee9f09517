"""Flushing what somebody else has written, so that a power cut can't take it back (fsync(2)).

What is in a commit is on the disk; without this the file in the working tree may still be empty,
or its old version, and would be taken for the next change. A name is on the disk only once its
folder has been flushed.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from autosyncd.vcs.tree.syscalls import UNSUPPORTED, sync_file_system

FEW = 16
"""More files than these are flushed together with the rest of their file system."""

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def flush_files(root: Path, paths: Iterable[bytes]) -> None:
    """Flush the files at these paths below `root`, or that they are gone; blocks, raises OSError.

    Links, and whatever else has no content of its own, count as names.
    """
    files = [root / os.fsdecode(path) for path in paths]
    if len(files) > FEW:
        _flush_devices(files)
    else:
        flush_folders(file.parent for file in files if not _flush_file(file))


def flush_folders(folders: Iterable[Path]) -> None:
    """Flush the names in these folders, in this order; where one is gone, those above it.

    One that may not be listed can't be flushed by itself, and stops nothing.
    """
    for folder in dict.fromkeys(map(_there, folders)):
        try:
            descriptor = os.open(folder, _FOLDER)
        except PermissionError:
            continue
        except (FileNotFoundError, NotADirectoryError):
            flush_folders([folder.parent])  # it went at this moment
            continue
        try:
            _flush_folder(descriptor, folder)
        finally:
            os.close(descriptor)


def _flush_folder(descriptor: int, folder: Path) -> None:
    """Not all file systems know that of a folder: then all that they have is flushed."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        sync_file_system(folder)


def folders_of(root: Path, paths: Iterable[bytes]) -> tuple[Path, ...]:
    """The folders that have these names, each once."""
    return tuple(dict.fromkeys((root / os.fsdecode(path)).parent for path in paths))


def _flush_file(file: Path) -> bool:
    """Whether it is a file."""
    try:
        descriptor = os.open(file, _FILE)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    return True


def _flush_devices(files: Iterable[Path]) -> None:
    """Everything on each file system that has one of them."""
    for folder in dict(map(_device, {file.parent for file in files})).values():
        sync_file_system(_there(folder))


def _device(folder: Path) -> tuple[int, Path]:
    """That of a folder or, where it is gone, of the one above it."""
    while True:
        try:
            return folder.stat().st_dev, folder
        except (FileNotFoundError, NotADirectoryError):
            folder = folder.parent


def _there(folder: Path) -> Path:
    while not folder.is_dir():
        folder = folder.parent
    return folder
