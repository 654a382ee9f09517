"""The file systems that a repository lies on: kind, room, and whether they take writes."""

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from autosyncd.api.types import Finding
from autosyncd.doctor.subject import Subject
from autosyncd.watch.filesystem import kind_at, needs_polling
from autosyncd.watch.limits import as_root

SCARCE = 1_000_000_000
FULL = 50_000_000
"""Bytes free, below which people are told, and below which commits will fail soon."""

FEW_INODES = 1000


async def check_disk(subject: Subject) -> Sequence[Finding]:
    """Look at the tree's file system and at git's own."""
    places = {
        folder.stat().st_dev: folder for folder in (subject.layout.common_dir, _tree(subject))
    }
    room = [finding for folder in places.values() for finding in _room(subject, folder)]
    return (*room, *_kind(subject, _tree(subject)))


def read_only(name: str, folder: Path) -> Finding | None:
    """The finding about a file system that takes no writes, which can't even be opened."""
    if not os.statvfs(folder).f_flag & os.ST_RDONLY:
        return None
    word = shlex.quote(str(folder))
    remount = f'mount -o remount,rw "$(findmnt -no TARGET -T {word})"'
    return Finding(
        repository=name,
        level="problem",
        message=f"the file system of {folder} is read-only",
        hint=f"the kernel makes a disk that fails so (`dmesg | tail`); else: `{as_root(remount)}`",
    )


def _tree(subject: Subject) -> Path:
    return subject.layout.root / os.fsdecode(subject.layout.below)


def _room(subject: Subject, folder: Path) -> Iterator[Finding]:
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    word = shlex.quote(str(folder))
    mounted = f'"$(findmnt -no TARGET -T {word})"'
    see = f"what takes it: `du -xhd1 {mounted} | sort -h`"
    if finding := read_only(subject.name, folder):
        yield finding
    elif free < FULL:
        yield subject.problem(
            f"the disk of {folder} is full: {free / 1e6:.0f} MB are free", f"make room; {see}"
        )
    elif free < SCARCE and free < status.f_blocks * status.f_frsize / 10:
        yield subject.note(f"the disk of {folder} has {free / 1e6:.0f} MB left", see)
    if status.f_files and status.f_favail < FEW_INODES:
        yield subject.problem(
            f"the file system of {folder} takes no more than {status.f_favail} further files",
            f"delete small files; where they are: `du -x --inodes -d1 {mounted} | sort -n`",
        )


def _kind(subject: Subject, folder: Path) -> Iterator[Finding]:
    settings = subject.entry.settings
    if not needs_polling(folder):
        return
    kind = kind_at(folder).decode("ascii", "replace")
    if settings.watch == "inotify":
        yield subject.problem(
            f"it is on {kind}, where inotify does not see what other machines change",
            f"`autosyncctl add {shlex.quote(str(settings.path))} --set watch=auto`",
        )
    else:
        yield subject.note(
            f"it is on {kind}: changes are found by looking every {settings.poll_interval:g} s",
            "on a local disk they are seen at once; to look more often: `autosyncctl add "
            f"{shlex.quote(str(settings.path))} --set poll_interval=10s`",
        )
