"""All clients, and who of them has to go when there is too much of something."""

from collections import Counter
from collections.abc import Iterator

from autosyncd.reflector.client import Client
from autosyncd.reflector.limits import Limits
from autosyncd.reflector.rooms import Rooms


class Crowd:
    """The clients by the numbers of their descriptors, oldest first."""

    def __init__(self, limits: Limits) -> None:
        self.rooms = Rooms()
        self._limits = limits
        self._clients: dict[int, Client] = {}
        self._places: Counter[bytes] = Counter()

    def __len__(self) -> int:
        return len(self._clients)

    def __iter__(self) -> Iterator[Client]:
        return iter(tuple(self._clients.values()))

    def get(self, number: int) -> Client | None:
        """The client with this descriptor."""
        return self._clients.get(number)

    def add(self, client: Client) -> None:
        """Somebody came."""
        self._clients[client.wire.number] = client
        self._places[client.address] += 1

    def drop(self, client: Client) -> None:
        """Somebody has gone, or has to; epoll forgets whom we close."""
        if client.wire.closed:
            return
        self.rooms.leave_all(client)
        del self._clients[client.wire.number]
        self._places[client.address] -= 1
        if not self._places[client.address]:
            del self._places[client.address]
        client.wire.close()

    def make_room(self, address: bytes) -> bool:
        """When all places are taken, whoever holds by far the most gives one up, so that nobody
        can keep all others out from a single address."""
        greediest, most = max(self._places.items(), key=lambda entry: entry[1])
        if most <= 2 * (self._places[address] + 1):
            return False
        youngest = next(c for c in reversed(self._clients.values()) if c.address == greediest)
        self.drop(youngest)
        return True

    def spare_rooms(self) -> None:
        """Whoever has the most subscriptions has to go when there are too many altogether."""
        while self.rooms.count > self._limits.subscriptions:
            self.drop(max(self._clients.values(), key=lambda one: len(one.channels)))

    def spare_memory(self) -> None:
        """Whoever lets the most wait has to go when too much waits altogether."""
        while sum(one.waiting for one in self._clients.values()) > self._limits.total_queue:
            self.drop(max(self._clients.values(), key=lambda one: one.waiting))

    def sweep(self, now: float) -> None:
        """End those who take nothing, or never come to the talk."""
        for client in self:
            stalled = client.stalled_at is not None and now - client.stalled_at > self._limits.stall
            late = not client.wire.ready and now - client.since > self._limits.handshake
            if stalled or late:
                self.drop(client)
