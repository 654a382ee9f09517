"""Whether files are larger than the remote's host takes, before a push is refused for it."""

import os
import shlex
from collections.abc import Sequence

from autosyncd.api.types import Finding
from autosyncd.core.messages import printable
from autosyncd.core.urls import host_of
from autosyncd.doctor.subject import Subject

MIB = 1 << 20
LIMITS = {"github.com": 100 * MIB}
"""Bytes of a single file that a host takes at most (GitHub: "About large files on GitHub")."""

SHOWN = 3


async def check_large_files(subject: Subject) -> Sequence[Finding]:
    """Compare the limit of the host with `max_file_size` and with what was committed already."""
    host = host_of(subject.place.url) if subject.place else None
    limit = LIMITS.get(host or "")
    if limit is None or not subject.entry.settings.pushes:
        return ()
    return (*_by_settings(subject, host or "", limit), *await _by_files(subject, host or "", limit))


def _by_settings(subject: Subject, host: str, limit: int) -> tuple[Finding, ...]:
    settings = subject.entry.settings
    if 0 < settings.max_file_size <= limit:
        return ()
    path = shlex.quote(str(settings.path))
    return (
        subject.note(
            f"{host} takes no file over {limit // MIB} MiB, and max_file_size lets larger ones in",
            f"autosyncctl add {path} --set max_file_size={limit // 1_000_000}MB",
        ),
    )


async def _by_files(subject: Subject, host: str, limit: int) -> tuple[Finding, ...]:
    if subject.head is None:
        return ()
    out = await subject.git.output("ls-tree", "-r", "-l", "-z", subject.head)
    large = [path for size, path in map(_entry, out.split(b"\0")[:-1]) if size > limit]
    if not large:
        return ()
    names = ", ".join(printable(path) for path in large[:SHOWN])
    more = f" and {len(large) - SHOWN} more" if len(large) > SHOWN else ""
    return (
        subject.note(
            f"{host} takes no new file over {limit // MIB} MiB, and larger ones are committed: "
            f"{names}{more}",
            f"keep them by Git LFS: git lfs track {shlex.quote(os.fsdecode(large[0]))}",
        ),
    )


def _entry(line: bytes) -> tuple[int, bytes]:
    facts, _, path = line.partition(b"\t")
    size = facts.split()[-1]
    return (int(size) if size.isdigit() else 0), path
