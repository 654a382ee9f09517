"""What waits to be sent to one client."""

TOGETHER = 16 * 1024
"""Bytes that are sent at once where several lines wait."""


class Outbox:
    """Lines in their order, of each channel only the newest: a flood in one displaces no other."""

    __slots__ = ("_count", "_lines", "_numbers", "size")

    def __init__(self) -> None:
        self._lines: dict[int, tuple[bytes, bytes]] = {}
        self._numbers: dict[bytes, list[int]] = {}
        self._count = 0
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def put(self, channel: bytes, line: bytes, most: int) -> None:
        """Append a line; of one channel only the `most` newest are kept."""
        self._count += 1
        self._lines[self._count] = (channel, line)
        numbers = self._numbers.setdefault(channel, [])
        numbers.append(self._count)
        self.size += len(line)
        if len(numbers) > most:
            self._take(numbers[0])

    def take_one(self) -> bytes:
        """The oldest line."""
        return self._take(next(iter(self._lines)))

    def take_some(self) -> bytes:
        """As many lines as go well together."""
        some = [self.take_one()]
        size = len(some[0])
        while self._lines and size < TOGETHER:
            some.append(self.take_one())
            size += len(some[-1])
        return b"".join(some)

    def _take(self, number: int) -> bytes:
        """The line of that number, which is the oldest of its channel."""
        channel, line = self._lines.pop(number)
        numbers = self._numbers[channel]
        del numbers[0]
        if not numbers:
            del self._numbers[channel]
        self.size -= len(line)
        return line
