"""inotify(7): pyinotify's calls and constants, and nothing else of it."""

import ctypes
import fcntl
import os
from typing import Any

import pyinotify

IN_ATTRIB: int = pyinotify.IN_ATTRIB
IN_CREATE: int = pyinotify.IN_CREATE
IN_DELETE: int = pyinotify.IN_DELETE
IN_DELETE_SELF: int = pyinotify.IN_DELETE_SELF
IN_DONT_FOLLOW: int = pyinotify.IN_DONT_FOLLOW
IN_IGNORED: int = pyinotify.IN_IGNORED
IN_ISDIR: int = pyinotify.IN_ISDIR
IN_MOVED_FROM: int = pyinotify.IN_MOVED_FROM
IN_MOVED_TO: int = pyinotify.IN_MOVED_TO
IN_MOVE_SELF: int = pyinotify.IN_MOVE_SELF
IN_Q_OVERFLOW: int = pyinotify.IN_Q_OVERFLOW
IN_UNMOUNT: int = pyinotify.IN_UNMOUNT

IN_EXCL_UNLINK = 0x04000000
"""Newer than pyinotify: no events for files that were deleted and are still open."""

MASK: int = (
    IN_CREATE
    | pyinotify.IN_CLOSE_WRITE
    | pyinotify.IN_MODIFY
    | IN_ATTRIB
    | IN_DELETE
    | IN_MOVED_FROM
    | IN_MOVED_TO
    | IN_DELETE_SELF
    | IN_MOVE_SELF
    | pyinotify.IN_ONLYDIR
    | IN_DONT_FOLLOW
    | IN_EXCL_UNLINK
)
"""The same for every folder: a second watch of a folder replaces the mask of the first."""


_libc = ctypes.CDLL(None, use_errno=True)
_add = _libc.inotify_add_watch
_add.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
_add_quickly = ctypes.CDLL(None).inotify_add_watch
"""The same, a sixth cheaper, and without an error number."""


class Kernel:
    """One inotify instance. All methods raise OSError as the system calls do."""

    def __init__(self) -> None:
        self._calls: Any = None
        self._descriptor = -1

    def open(self) -> int:
        """Make the instance; returns its descriptor, which never blocks."""
        self._calls = pyinotify.INotifyWrapper.create()
        self._descriptor = self._calls.inotify_init()
        if self._descriptor < 0:
            number = self._calls.get_errno()
            raise OSError(number, os.strerror(number))
        fcntl.fcntl(self._descriptor, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        os.set_blocking(self._descriptor, False)
        return self._descriptor

    def add(self, path: bytes) -> int:
        """Watch a folder; returns its watch descriptor, the same one if it was watched already.

        Without pyinotify, which takes twice as long for it and no name that can't be decoded.
        """
        wd: int = _add_quickly(self._descriptor, path, MASK)
        if wd < 0:
            wd = _add(self._descriptor, path, MASK)
        if wd < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return wd

    def remove(self, wd: int) -> None:
        """Watch a folder no longer."""
        if self._calls.inotify_rm_watch(self._descriptor, wd) < 0:
            number = self._calls.get_errno()
            raise OSError(number, os.strerror(number))

    def close(self) -> None:
        """End the instance and all its watches."""
        os.close(self._descriptor)
        self._descriptor = -1
