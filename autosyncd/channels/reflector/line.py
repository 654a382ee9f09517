"""The fanout line protocol, as a client sees it."""

import re
from dataclasses import dataclass

GREETING = b"debug!connected"
BUSY = b"debug!busy"
SYSTEM = "debug"
_REVISION = re.compile(r"[0-9A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that was announced in a channel."""

    channel: str
    message: str


def parse(line: bytes) -> Delivery | None:
    """A delivery; None for what the server says of itself."""
    channel, mark, message = line.rstrip(b"\r\n").partition(b"!")
    if not mark or channel == SYSTEM.encode():
        return None
    return Delivery(channel.decode("utf-8", "replace"), message.decode("utf-8", "replace"))


def is_pong(line: bytes) -> bool:
    """Whether it answers a ping: the server's time alone."""
    return line.strip().isdigit()


def is_revision(message: str) -> bool:
    """Whether a plain message can be what SparkleShare announces."""
    return _REVISION.fullmatch(message.strip()) is not None
