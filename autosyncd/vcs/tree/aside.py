"""Moves what is in the way of an incoming file aside; nothing is ever overwritten."""

import asyncio
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from autosyncd.vcs.tree.home import Home
from autosyncd.vcs.tree.place import GIT, BlockedError, Place, own_repository, place_of
from autosyncd.vcs.tree.syscalls import probe, rename_new

_NAME_LIMIT = 255
_TRIES = 1000


async def put_aside(
    home: Home,
    path: bytes,
    host: str,
    exclude: Callable[[bytes], None],
    control: Sequence[bytes] = GIT,
) -> bytes | None:
    """Rename what keeps `path` from being placed to `NAME.local-HOST.EXT`.

    That is `path` itself, or the first of its parents that is no plain folder of this repository.
    It was in no commit before, and `exclude` keeps it out of them: what was ignored may be a
    secret.
    Returns the new path relative to the root; None if nothing is in the way.
    """
    return await asyncio.to_thread(_put_aside, home, path, host, exclude, control)


def _put_aside(
    home: Home,
    path: bytes,
    host: str,
    exclude: Callable[[bytes], None],
    control: Sequence[bytes],
) -> bytes | None:
    parts = path.split(b"/")
    root = os.open(home.root, os.O_PATH | os.O_DIRECTORY)
    try:
        for depth in range(1, len(parts) + 1):
            obstacle = b"/".join(parts[:depth])
            with place_of(root, obstacle) as place:
                if _in_the_way(place, control, last=depth == len(parts)):
                    name = _rename(place, host, noreplace=probe(home.own).noreplace)
                    aside = b"/".join((*parts[: depth - 1], name))
                    exclude(aside)
                    return aside
    except BlockedError:
        return None  # it went away by itself
    finally:
        os.close(root)
    return None


def _in_the_way(place: Place, control: Sequence[bytes], *, last: bool) -> bool:
    try:
        mode = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return False
    return last or not stat.S_ISDIR(mode) or _holds_repository(place, control)


def _holds_repository(place: Place, control: Sequence[bytes]) -> bool:
    folder = os.open(place.name, os.O_PATH | os.O_NOFOLLOW, dir_fd=place.folder)
    try:
        return own_repository(folder, control)
    finally:
        os.close(folder)


def _rename(place: Place, host: str, *, noreplace: bool) -> bytes:
    """Rename to the first free name; nobody can take it in between."""
    for number in range(1, _TRIES):
        name = aside_name(place.name, host, number)
        try:
            rename_new(place.name, place.folder, name, noreplace=noreplace, source=place.folder)
        except FileExistsError:
            continue
        return name
    raise FileExistsError(f"{_TRIES} names like {os.fsdecode(name)} are taken")


def aside_name(name: bytes, host: str, number: int) -> bytes:
    """The `number`th name for a file that is moved aside; as long as names may be."""
    suffix = os.fsencode(Path(os.fsdecode(name)).suffix)
    stem = name.removesuffix(suffix)
    count = b"" if number == 1 else b"-%d" % number
    mark = b".local-" + os.fsencode(host.replace("/", "-")) + count + suffix
    return stem[: max(1, _NAME_LIMIT - len(mark))] + mark
