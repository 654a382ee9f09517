"""Which files a server means when it refuses a push for its size: pure functions.

Servers say it in words of their own; GitHub and Bitbucket name the files, GitLab the blobs, most
say the limit. Where the words tell nothing of all that, no file is chosen.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

LEAST = 1_000_000
"""Bytes of the smallest file that is believed to be meant when no limit is said, and of the
smallest limit that is believed to be one of all files: those of messages and lines are smaller."""

_NUMBER = r"(?<![\d.,])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
_UNIT = _NUMBER + r"\s*(?P<unit>[KMG]i?B?|bytes?)\b"
_LIMITS = (
    re.compile(rf"\b(?:limit|larger than|greater than|maximum)\b[^\d\n]{{0,40}}{_UNIT}", re.I),
    re.compile(rf"{_UNIT}\s+(?:file size )?limit", re.I),
)
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_PACK = re.compile(r"pack exceeds", re.I)
"""git's own limit of what one push brings (receive.maxInputSize)."""
_ADVICE = re.compile(r"warning:|recommended", re.I)
_HEX = re.compile(r"\b[0-9a-f]{8,64}\b")
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3}
_SLACK = 0.92
"""Of a limit in units of 1024, the same in units of 1000 is more than this."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A version of a file that was never pushed; `size` in bytes as git stores it, and `packed`
    what that takes compressed, in which it is sent."""

    oid: str
    path: bytes
    size: int
    packed: int = 0


def refused_blobs(blobs: Iterable[Blob], complaint: str) -> tuple[Blob, ...]:
    """Those that the server can't take, as far as its words tell; none if they do not."""
    found = tuple(blobs)
    if _PACK.search(complaint):
        return _beyond_a_pack(found, complaint)
    words = "\n".join(line for line in complaint.splitlines() if not _ADVICE.search(line))
    limit = _limit(words, 1024)
    floor = limit * _SLACK if limit else LEAST
    chosen = {blob for blob in found if blob.size >= floor and _named(blob, words)}
    if limit and limit >= LEAST:
        chosen |= {blob for blob in found if blob.size > limit}
        chosen = chosen or {blob for blob in found if blob.size > (_limit(words, 1000) or limit)}
    return tuple(blob for blob in found if blob in chosen)


def _beyond_a_pack(blobs: tuple[Blob, ...], complaint: str) -> tuple[Blob, ...]:
    """All of a push was too much: surely because of one that is too much for it alone."""
    limit = _limit(complaint, 1024)
    return tuple(blob for blob in blobs if limit and blob.packed > limit)


def _limit(words: str, base: int) -> float | None:
    """The smallest limit that is said, in bytes."""
    said = [_bytes(match, base) for pattern in _LIMITS for match in pattern.finditer(words)]
    return min((size for size in said if size > 0), default=None)


def _bytes(match: "re.Match[str]", base: int) -> float:
    """A comma before three digits parts thousands: of two meanings the larger one is taken."""
    power = _POWERS[match["unit"][0].lower()]
    number = _THOUSANDS.sub("", match["number"]).replace(",", ".")
    return float(number) * float(base**power)


def _named(blob: Blob, words: str) -> bool:
    if any(blob.oid.startswith(word) for word in _HEX.findall(words)):
        return True
    name = re.escape(blob.path.decode("utf-8", "replace"))
    return re.search(rf"(?<![\w./-]){name}(?![\w/-]|\.\w)", words) is not None
