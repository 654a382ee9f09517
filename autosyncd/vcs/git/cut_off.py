"""Files that a killed `git pull` or `git checkout` left cut off: put back before any commit.

git writes files in place: killed, it leaves its index.lock, and a file that is the beginning of
the version it was writing, or none at all. Such a file has nothing of anybody's but what is in the
object database; committed, it would cut the file off on all machines. It becomes again what HEAD
has, or, if HEAD has no such file, is moved away. The bytes that were there are kept beside.
"""

import asyncio
import logging
import os
import stat
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.git.clean import clean_ids
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import lock_of
from autosyncd.vcs.git.objects import difference
from autosyncd.vcs.git.porcelain import STATUS, parse_status
from autosyncd.vcs.tree.entry import GITLINK, SYMLINK, Difference
from autosyncd.vcs.tree.place import BlockedError, Place, place_of
from autosyncd.vcs.tree.signature import Signature, signature, signature_at
from autosyncd.vcs.tree.syscalls import Abilities, exchange, probe, rename_new

log = logging.getLogger(__name__)

SOURCES = 20
"""How many commits are tried as what git was writing."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class _Cut:
    """A path that is cut off as `there` says (None: missing); `whole` is what HEAD has."""

    path: bytes
    there: Signature | None
    whole: bytes | None
    executable: bool


async def restore_cut_off(git: Git, layout: Layout) -> tuple[bytes, ...]:
    """Put back what a killed git cut off; returns the paths. Nobody may be using git."""
    head = await git.run("rev-parse", "-q", "--verify", "HEAD^{commit}")
    if head.returncode:
        return ()
    here = head.stdout.decode("ascii").strip()
    dirty = await _dirty(git)
    since = _locked_at(layout)
    cut: dict[bytes, _Cut] = {}
    for source in await _sources(git, layout, here) if dirty else ():
        for change in await difference(git, here, source):
            if change.path in dirty and change.path not in cut and _is_file(change):
                found = await _examine(git, layout, (here, source), change, dirty[change.path])
                if found and _touched_since(layout, found, since):
                    cut[change.path] = found
    if not cut:
        return ()
    return await asyncio.to_thread(_restore, layout, cut)


def _locked_at(layout: Layout) -> int:
    """When the killed git began, in nanoseconds: what is older is somebody's own work."""
    try:
        return lock_of(layout.index).lstat().st_mtime_ns
    except OSError:
        return 0


def _touched_since(layout: Layout, cut: _Cut, since: int) -> bool:
    """Whether the file was written, or taken out of its folder, since then."""
    if cut.there is not None:
        return cut.there.mtime_ns >= since
    folder = (layout.root / os.fsdecode(cut.path)).parent
    try:
        return folder.lstat().st_mtime_ns >= since
    except OSError:
        return True


async def _dirty(git: Git) -> dict[bytes, str | None]:
    """What differs from the last commit on disk, and the id that git would give it."""
    said = await git.run(*STATUS)
    if said.returncode:
        return {}
    listing = parse_status(said.stdout)
    gone = {entry.path for entry in listing.entries if entry.gone}
    there = [entry.path for entry in listing.entries if not entry.gone and not entry.submodule]
    there += [path for path in listing.untracked if not path.endswith(b"/")]
    ids = await clean_ids(git, there)
    return {**dict.fromkeys(gone), **dict(zip(there, ids, strict=True))}


async def _sources(git: Git, layout: Layout, here: str) -> tuple[str, ...]:
    """What git may have been writing: where it came from or went to, newest first."""
    names = [name for name in ("ORIG_HEAD", "MERGE_HEAD") if (layout.git_dir / name).exists()]
    said = await git.run(
        *("for-each-ref", "--format=%(objectname)", "--sort=-committerdate"),
        *(f"--count={SOURCES}", "refs/remotes/", "refs/heads/"),
    )
    found = said.stdout.decode("ascii", "replace").split()
    for name in names:
        read = await git.run("rev-parse", "-q", "--verify", f"{name}^{{commit}}")
        found += read.stdout.decode("ascii", "replace").split()
    return tuple(commit for commit in dict.fromkeys(found) if commit != here)


def _is_file(change: Difference) -> bool:
    odd = (SYMLINK, GITLINK)
    return change.new is not None and not any(
        entry and entry.mode in odd for entry in (change.old, change.new)
    )


async def _examine(
    git: Git, layout: Layout, between: tuple[str, str], change: Difference, oid: str | None
) -> _Cut | None:
    """Whether the path holds a true beginning of what git was writing there, or nothing.

    `between` are HEAD and what git was writing, `oid` what the file has now.
    """
    here, source = between
    if change.new and oid == change.new.oid:
        return None  # it is complete
    seen = await asyncio.to_thread(_read, layout, change.path)
    if seen is None and change.old is None:
        return None  # not begun yet
    executable = change.old is not None and change.old.mode == "100755"
    there, data = seen or (None, b"")
    if seen and not await _is_beginning(git, source, change.path, data):
        return None
    whole = await _content(git, here, change.path) if change.old else None
    if change.old and (whole is None or (seen and whole == data)):
        return None
    return _Cut(change.path, there, whole, executable)


async def _is_beginning(git: Git, source: str, path: bytes, data: bytes) -> bool:
    written = await _content(git, source, path)
    return written is not None and len(data) < len(written) and written.startswith(data)


async def _content(git: Git, commit: str, path: bytes) -> bytes | None:
    """A file as git checks it out."""
    said = await git.run("cat-file", "--filters", commit.encode() + b":" + path)
    return None if said.returncode else said.stdout


def _read(layout: Layout, path: bytes) -> tuple[Signature, bytes] | None:
    """A regular file; None if nothing is there. Anything else is nobody's leftover."""
    root = os.open(layout.root, os.O_PATH | os.O_DIRECTORY)
    try:
        with place_of(root, path) as place:
            return _read_at(place)
    except (BlockedError, FileNotFoundError):
        return None
    finally:
        os.close(root)


def _read_at(place: Place) -> tuple[Signature, bytes]:
    descriptor = os.open(place.name, _READ, dir_fd=place.folder)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        data = file.read() if stat.S_ISREG(status.st_mode) else b"\0 no file"
        return signature(status), data


def _restore(layout: Layout, cut: Mapping[bytes, _Cut]) -> tuple[bytes, ...]:
    aside = layout.own / f"cut-off-{time.time_ns()}"
    aside.mkdir(mode=0o700, parents=True)
    able = probe(aside)
    root = os.open(layout.root, os.O_PATH | os.O_DIRECTORY)
    try:
        return tuple(_restored(root, aside, able, cut.values()))
    finally:
        os.close(root)


def _restored(root: int, aside: Path, able: Abilities, cut: Iterable[_Cut]) -> list[bytes]:
    done = []
    for number, one in enumerate(cut):
        try:
            with place_of(root, one.path) as place:
                if _put_back(place, one, aside / str(number), able):
                    done.append(one.path)
        except (OSError, BlockedError) as error:
            log.warning("cannot put back %s: %s", _text(one.path), error)
    for path in done:
        log.warning("%s was cut off by a git that was killed; it is whole again", _text(path))
    return done


def _put_back(place: Place, cut: _Cut, spare: Path, able: Abilities) -> bool:
    """By exchange where that can be done; a file that somebody saved meanwhile stays theirs."""
    if cut.whole is None:
        return _take_away(place, cut, spare, able)
    _write(spare, cut.whole, 0o777 if cut.executable else 0o666)
    if cut.there is None:
        rename_new(spare, place.folder, place.name, noreplace=able.noreplace)
        return True
    if not able.exchange:
        old = spare.with_name(f"{spare.name}.cut")
        return _take_away(place, cut, old, able) and _place(place, spare, able)
    exchange(spare, place.folder, place.name)
    displaced = signature_at(spare)
    if displaced is None or not displaced.unwritten(cut.there):
        exchange(spare, place.folder, place.name)
        return False
    return True


def _place(place: Place, spare: Path, able: Abilities) -> bool:
    rename_new(spare, place.folder, place.name, noreplace=able.noreplace)
    return True


def _take_away(place: Place, cut: _Cut, spare: Path, able: Abilities) -> bool:
    os.rename(place.name, spare, src_dir_fd=place.folder)
    taken = signature_at(spare)
    if taken is None or cut.there is None or not taken.unwritten(cut.there):
        rename_new(spare, place.folder, place.name, noreplace=able.noreplace)
        return False
    return True


def _write(file: Path, data: bytes, mode: int) -> None:
    """As git creates a file: what the umask allows of the mode."""
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
