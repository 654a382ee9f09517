"""What is wrong with a file's content, if anything: too large, a secret in it, emptied by a crash.

Only looks at stat data and, unless the same version was judged before, reads the file. Blocks:
belongs into a thread.
"""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autosyncd.core.approval import Reason
from autosyncd.core.changes import Change, ChangeKind
from autosyncd.core.secrets import OVERLAP, UTF16, find_secret
from autosyncd.vcs.base import Look, Stamp, stamp

PIECE = 4 << 20
SEARCHED = 1 << 30
"""Bytes at a file's beginning that are searched for secrets."""

_MEDIA = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"RIFF", b"OggS", b"fLaC", b"ID3", b"\xff\xfb"),
    b"\x1aE\xdf\xa3",
)
"""How pictures, sound and films begin: large, and not where people put their keys."""
_FILM = b"ftyp"
"""The same for MP4 and its relatives, from the fifth byte on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a file is held; `what` completes the sentence "it …", `cure` is what can be done apart
    from approving it."""

    reason: Reason
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one version of a file; `stamp` None: it could not be read at rest."""

    stamp: Stamp | None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """`max_size` in bytes (0: no limit); files older than `lost_power_at` (Unix seconds) may have
    lost their content in a crash of the machine. `approved` says what is let in all the same."""

    max_size: int
    secrets: bool
    lost_power_at: float | None
    approved: Callable[[bytes, Reason], bool]


def examine(
    root: bytes, look: Look, rules: Rules, known: Mapping[bytes, Verdict]
) -> dict[bytes, Verdict]:
    """Judge what is on disk at the added and modified paths."""
    return {
        change.path: _examined(_file(root, change.path, look), change, rules, known, look.refused)
        for change in look.changes
        if change.kind is not ChangeKind.DELETED
    }


def examine_version(version: tuple[bytes, bytes], rules: Rules, before: Verdict | None) -> Verdict:
    """Judge what is in a file as a version of a path; `version` is both."""
    file, path = version
    return _verdict(file, Change(path, ChangeKind.ADDED), rules, before)


def _file(root: bytes, path: bytes, look: Look) -> bytes:
    """Where the version is that is to be committed."""
    copy = look.copies.get(path)
    return os.fsencode(copy) if copy else root + b"/" + path


def _examined(
    full: bytes,
    change: Change,
    rules: Rules,
    known: Mapping[bytes, Verdict],
    refused: Mapping[bytes, int],
) -> Verdict:
    verdict = _verdict(full, change, rules, known.get(change.path))
    if verdict.finding is None and verdict.stamp and change.path in refused:
        finding = _refused(verdict.stamp[1], change.path, rules, refused[change.path])
        return Verdict(verdict.stamp, finding)
    return verdict


def _refused(size: int, path: bytes, rules: Rules, limit: int) -> Finding | None:
    if size < limit or rules.approved(path, Reason.LARGE):
        return None
    return Finding(
        Reason.LARGE,
        f"has {_size(size)}, and the remote refuses it for its size",
        "ignore it, use Git LFS (commits that had it are kept under refs/autosync/held/)",
    )


def _verdict(full: bytes, change: Change, rules: Rules, before: Verdict | None) -> Verdict:
    try:
        status = os.lstat(full)
        if before and before.stamp == stamp(status):
            return before
        if not stat.S_ISREG(status.st_mode):
            return Verdict(stamp(status))
        if finding := _by_size(status, change, rules):
            return Verdict(stamp(status), finding)
        return _by_content(full, change.path, rules, status)
    except OSError:
        return Verdict(None)


def _by_size(status: os.stat_result, change: Change, rules: Rules) -> Finding | None:
    large = 0 < rules.max_size < status.st_size
    if large and not rules.approved(change.path, Reason.LARGE):
        sizes = f"{_size(status.st_size)}, more than the {_size(rules.max_size)} of max_file_size"
        return Finding(Reason.LARGE, f"has {sizes}", "ignore it, raise max_file_size")
    emptied = (
        status.st_size == 0
        and change.kind is ChangeKind.MODIFIED
        and max(status.st_mtime, status.st_ctime) < (rules.lost_power_at or 0.0)
    )
    if emptied and not rules.approved(change.path, Reason.EMPTIED):
        what = "is empty since this machine went down unexpectedly"
        return Finding(Reason.EMPTIED, what, "bring it back")
    return None


def _by_content(full: bytes, path: bytes, rules: Rules, status: os.stat_result) -> Verdict:
    if not rules.secrets or rules.approved(path, Reason.CONFIDENTIAL) or not status.st_size:
        return Verdict(stamp(status))
    descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stamp(os.fstat(descriptor)) != stamp(status):
            return Verdict(None)
        kind = _secret_in(descriptor)
        same = stamp(os.fstat(descriptor)) == stamp(status)
    finally:
        os.close(descriptor)
    cure = "take it out, ignore the file"
    finding = Finding(Reason.CONFIDENTIAL, f"holds {kind}", cure) if kind else None
    return Verdict(stamp(status) if same else None, finding)


def _secret_in(descriptor: int) -> str | None:
    piece = os.read(descriptor, PIECE)
    if piece.startswith(_MEDIA) or piece[4:8] == _FILM:
        return None
    wide = piece.startswith(UTF16)
    searched, before = 0, b""
    while piece:
        text = before + piece
        if kind := find_secret(text.replace(b"\0", b"") if wide else text):
            return kind
        searched += len(piece)
        if searched >= SEARCHED:
            return None
        before, piece = piece[-OVERLAP:], os.read(descriptor, PIECE)
    return None


def _size(number: int) -> str:
    if number < 1_000_000:
        return f"{number:,} bytes"
    return f"{number / 1_000_000:,.1f} MB"
