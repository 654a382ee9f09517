"""Whether files, or all of them, are larger than the remote's host takes, before it refuses."""

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autosyncd.api.types import Finding
from autosyncd.core.messages import printable
from autosyncd.core.urls import host_of
from autosyncd.doctor.subject import Subject

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limit:
    """What a host takes, in bytes: of a single new file, and of a repository. `unless` is when that
    does not hold, `more` where more can be had."""

    file: int | None = None
    whole: int | None = None
    unless: str = ""
    more: str = ""


LIMITS = {
    "github.com": Limit(file=100 * MIB),
    "gitlab.com": Limit(
        file=100 * MIB, whole=10 * 1024 * MIB, unless=" (unless the project's plan is paid for)"
    ),
    "bitbucket.org": Limit(
        file=100_000_000,
        whole=4_000_000_000,
        unless=" (unless that is switched off in the repository's advanced settings)",
    ),
    "codeberg.org": Limit(whole=750 * MIB, more="https://codeberg.org/Codeberg-e.V./requests"),
}
"""Sources: "About large files on GitHub"; GitLab's issue 428188 (a file in a free project) and its
"Storage" (10 GiB of a project); "Bitbucket Cloud is implementing a 100 MB limit on files" (2024),
"Reduce repository size" (4 GB); "New storage limits on Codeberg" (2025: of all repositories of a
user; none of a file). Hosts of Mercurial document no such limits."""

ALIASES = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"} | {
    "altssh.bitbucket.org": "bitbucket.org"
}
"""Where the same hosts take ssh on port 443."""

NEARLY = 0.9
"""The share of a repository's limit from which on people are told."""

SHOWN = 3


async def check_large_files(subject: Subject) -> Sequence[Finding]:
    """Compare the limits of the host with `max_file_size` and with what was committed already."""
    found = host_of(subject.place.url) if subject.place else None
    host = ALIASES.get(found or "", found or "")
    limit = LIMITS.get(host)
    if limit is None or not subject.entry.settings.pushes:
        return ()
    return (
        *_by_settings(subject, host, limit),
        *await _by_files(subject, host, limit),
        *await _by_whole(subject, host, limit),
    )


def _by_settings(subject: Subject, host: str, limit: Limit) -> Iterator[Finding]:
    settings = subject.entry.settings
    if limit.file is None or 0 < settings.max_file_size <= limit.file:
        return
    path = shlex.quote(str(settings.path))
    yield subject.note(
        f"{host} takes no file over {_size(limit.file)}{limit.unless}, and max_file_size lets "
        "larger ones in",
        f"`autosyncctl add {path} --set max_file_size={limit.file // 1_000_000}MB`",
    )


async def _by_files(subject: Subject, host: str, limit: Limit) -> Sequence[Finding]:
    if limit.file is None or subject.head is None:
        return ()
    out = await subject.git.output("ls-tree", "-r", "-l", "-z", subject.head)
    large = [path for size, path in map(_entry, out.split(b"\0")[:-1]) if size > limit.file]
    if not large:
        return ()
    names = ", ".join(printable(path) for path in large[:SHOWN])
    more = f" and {len(large) - SHOWN} more" if len(large) > SHOWN else ""
    git, words = subject.layout.typed, " ".join(shlex.quote(os.fsdecode(path)) for path in large)
    return (
        subject.note(
            f"{host} takes no new file over {_size(limit.file)}{limit.unless}, and larger ones are "
            f"committed: {names}{more}",
            "let Git LFS keep their next versions: "
            f"`{git} lfs install --local && {git} lfs track --filename -- {words}`",
        ),
    )


async def _by_whole(subject: Subject, host: str, limit: Limit) -> Sequence[Finding]:
    """Compare what the objects take here: a server packs them about as well."""
    if limit.whole is None:
        return ()
    out = (await subject.git.output("count-objects", "-v")).decode("ascii")
    facts = dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)
    used = 1024 * (int(facts.get("size", 0)) + int(facts.get("size-pack", 0)))
    if used < NEARLY * limit.whole:
        return ()
    git = subject.layout.typed
    cure = f"see what is large: `{git} count-objects -vH`; or move it to another host: "
    cure += f"`{git} remote set-url {subject.remote} URL`"
    asked = f"ask for more: {limit.more}; or " if limit.more else ""
    return (
        subject.note(
            f"{host} takes {_size(limit.whole)} of a repository{limit.unless}, and this one has "
            f"{_size(used)}",
            asked + cure,
        ),
    )


def _entry(line: bytes) -> tuple[int, bytes]:
    facts, _, path = line.partition(b"\t")
    size = facts.split()[-1]
    return (int(size) if size.isdigit() else 0), path


def _size(number: int) -> str:
    """In the unit that the host speaks of."""
    if number % MIB:
        return f"{number / 1_000_000:,.0f} MB"
    return f"{number // MIB:,} MiB"
