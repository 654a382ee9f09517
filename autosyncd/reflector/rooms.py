"""Who listens to which channel."""

from collections.abc import Iterable

from autosyncd.reflector.client import Client


class Rooms:
    """The subscriptions of all clients."""

    def __init__(self) -> None:
        self._rooms: dict[bytes, set[Client]] = {}
        self.count = 0

    def __len__(self) -> int:
        return len(self._rooms)

    def of(self, channel: bytes) -> Iterable[Client]:
        """Those who listen to a channel."""
        return self._rooms.get(channel, ())

    def size(self, channel: bytes) -> int:
        """How many listen to a channel."""
        return len(self._rooms.get(channel, ()))

    def enter(self, client: Client, channel: bytes) -> None:
        """From now on this client hears this channel."""
        if channel not in client.channels:
            client.channels.add(channel)
            self._rooms.setdefault(channel, set()).add(client)
            self.count += 1

    def leave(self, client: Client, channel: bytes) -> None:
        """It does not any more."""
        if channel not in client.channels:
            return
        client.channels.discard(channel)
        self.count -= 1
        room = self._rooms[channel]
        room.discard(client)
        if not room:
            del self._rooms[channel]

    def leave_all(self, client: Client) -> None:
        """It has gone."""
        for channel in tuple(client.channels):
            self.leave(client, channel)
