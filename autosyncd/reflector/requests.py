"""The requests of the fanout line protocol."""

Request = tuple[bytes, bytes, bytes]
"""Verb, channel, message; empty where the verb has none."""

_ALONE = (b"ping", b"info", b"hello")
_WITH_CHANNEL = (b"subscribe", b"unsubscribe")


def parse(line: bytes) -> Request | None:
    """What a line asks for; None for one to ignore: unknown, or with a useless channel.

    `hello` is our own: a client says by it that it reads every line it gets, however close to
    another. Other servers ignore it.
    """
    verb, _, rest = line.removesuffix(b"\r").partition(b" ")
    if verb in _ALONE:
        return (verb, b"", b"")
    if verb in _WITH_CHANNEL and _names_channel(rest):
        return (verb, rest, b"")
    channel, _, message = rest.partition(b" ")
    if verb == b"announce" and message and b"\0" not in message and _names_channel(channel):
        return (verb, channel, message)
    return None


def _names_channel(name: bytes) -> bool:
    return bool(name) and not any(byte in b" !\0\r" for byte in name)


def is_sparkleshare(channel: bytes) -> bool:
    """Whether a channel's name is such as SparkleShare makes them: SHA-1 or SHA-256 in hex."""
    return len(channel) in (40, 64) and all(byte in b"0123456789abcdef" for byte in channel)
