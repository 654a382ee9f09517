"""Taking a socket's path for this process alone: first the lock, then the socket."""

import errno
import fcntl
import os
import shlex
import socket as net
import stat
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from autosyncd.api.locate import SOCKET_PATH_LIMIT, lock_path
from autosyncd.errors import AlreadyServedError, UsageError

CONNECT_LIMIT = 2.0
"""Seconds after which whoever doesn't accept a connection counts as there, only busy."""

_SHORTER = "choose a shorter one with --socket, or a shorter XDG_RUNTIME_DIR"
_OTHER = "choose another path with --socket"


@dataclass(frozen=True, slots=True)
class Claim:
    """A listening socket, its path held by a lock.

    `identity` is the device and inode of the socket that we made; None for one that was inherited,
    which stays with who made it.
    """

    path: Path
    listener: net.socket
    lock: int
    identity: tuple[int, int] | None

    def release(self) -> None:
        """Close the socket and unlink it where it still is ours; the lock file stays.

        Were the lock file removed, two daemons could hold the lock of two files of that name.
        """
        if self.identity:
            self.listener.close()
            if _identity(self.path) == self.identity:
                self.path.unlink(missing_ok=True)
        _write(self.lock, b"")
        os.close(self.lock)


def claim(path: Path) -> Claim:
    """Lock the path and listen at it, in a folder that is made if it is missing.

    Raises AlreadyServedError, and UsageError for a path at which no socket can be.
    """
    _check_length(path)
    _make_folder(path)
    with ExitStack() as undo:
        lock = _lock(path)
        undo.callback(os.close, lock)
        _remove_stale(path)
        listener = _bind(path)
        undo.pop_all()
    return Claim(path, listener, lock, _identity(path) or (0, 0))


def claim_inherited(listener: net.socket) -> Claim:
    """Lock the path of a socket that somebody else listens at for us, as systemd does.

    Raises AlreadyServedError: a daemon that was started otherwise had that path before.
    Raises UsageError: it is no listening Unix stream socket with a path.
    """
    is_unix = listener.family == net.AF_UNIX and listener.type == net.SOCK_STREAM
    path = listener.getsockname() if is_unix else None
    if not (
        path and isinstance(path, str) and listener.getsockopt(net.SOL_SOCKET, net.SO_ACCEPTCONN)
    ):
        hint = "the socket unit needs ListenStream= with a path"
        raise UsageError(
            "cannot serve the inherited socket: it is no Unix stream socket", hint=hint
        )
    listener.settimeout(0)
    return Claim(Path(path), listener, _lock(Path(path)), None)


def _check_length(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_LIMIT:
        why = f"its path is {length} bytes long, a socket's may have {SOCKET_PATH_LIMIT}"
        raise UsageError(f"cannot serve {path}: {why}", hint=_SHORTER)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = f"cannot make the folder {path.parent}: {error.strerror}"
        raise UsageError(f"cannot serve {path}: {why}", hint=_OTHER) from error
    mode = path.parent.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        why = f"others may put a socket of theirs in its place in {path.parent}"
        raise UsageError(
            f"cannot serve {path}: {why}", hint=f"chmod go-w {shlex.quote(str(path.parent))}"
        )


def _lock(path: Path) -> int:
    file = lock_path(path)
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"cannot lock {file}: {error.strerror}", hint=_OTHER) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise _already_served(path) from error
    _write(lock, b"%d\n" % os.getpid())
    return lock


def _write(lock: int, words: bytes) -> None:
    """What the lock says is only for those who wonder; a full disk keeps nobody from serving."""
    with suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, words, 0)


def _remove_stale(path: Path) -> None:
    """Unlink the socket of a daemon that has died; with the lock held no other can be starting."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"cannot serve {path}: something else than a socket is there", hint=_OTHER)
    if _answers(path):
        raise _already_served(path)
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with net.socket(net.AF_UNIX, net.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_LIMIT)
        failure = probe.connect_ex(os.fspath(path))
    return failure not in (errno.ECONNREFUSED, errno.ENOENT)


def _bind(path: Path) -> net.socket:
    """The mode is the umask's doing, so that there is no moment in which others may connect."""
    listener = net.socket(net.AF_UNIX, net.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(f"cannot serve {path}: {error.strerror}", hint=_OTHER) from error
    finally:
        os.umask(before)
    listener.settimeout(0)
    return listener


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        seen = path.lstat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _already_served(path: Path) -> AlreadyServedError:
    hint = "stop that one with `autosyncctl stop`, or choose another path with --socket"
    return AlreadyServedError(f"cannot serve {path}: another daemon does already", hint=hint)
