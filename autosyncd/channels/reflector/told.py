"""What a sealed announcement says, and how it becomes text."""

import msgspec

from autosyncd.channels.base import Announcement

MOST = 2700
"""Bytes; sealed and with its channel it still fits into a line of 4,096."""

MOST_ROOTS = 8


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A push. `at` is the sender's clock in microseconds, and rises with each announcement."""

    sender: str
    at: int
    commit: str
    url: str | None = None
    roots: tuple[str, ...] = ()
    peer: str | None = None


def encode(announcement: Announcement, at: int) -> bytes:
    """As much of it as fits: where the objects are can be found out without being told."""
    told = Told(
        sender=announcement.sender,
        at=at,
        commit=announcement.commit,
        url=announcement.url,
        roots=announcement.roots[:MOST_ROOTS],
        peer=announcement.peer_url,
    )
    for less in ({}, {"roots": ()}, {"url": None}, {"peer": None}):
        told = msgspec.structs.replace(told, **less)
        if len(text := msgspec.json.encode(told)) <= MOST:
            return text
    return text


def decode(text: bytes) -> Told | None:
    """What was told; None for what makes no sense."""
    try:
        return msgspec.json.decode(text, type=Told)
    except (msgspec.MsgspecError, ValueError):
        return None
