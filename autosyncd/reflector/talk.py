"""What clients ask for, and what they get."""

import time

from autosyncd.reflector.client import Client
from autosyncd.reflector.crowd import Crowd
from autosyncd.reflector.limits import Limits
from autosyncd.reflector.requests import Request, is_sparkleshare, parse
from autosyncd.version import VERSION

EVERYBODY = b"all"
WELCOME = b"debug!connected...\n"
BUSY = b"debug!busy\n"
NO_MORE = b"debug!too many channels\n"


class Talk:
    """Acts on requests; `unsent` are those for whom something was said since it was emptied."""

    def __init__(self, crowd: Crowd, limits: Limits, most: int) -> None:
        self.unsent: set[Client] = set()
        self._crowd = crowd
        self._rooms = crowd.rooms
        self._limits = limits
        self._most = most
        self._started = time.monotonic()
        self._announcements = 0

    def welcome(self, client: Client, now: float) -> None:
        """The talk begins."""
        client.since = now
        self._rooms.enter(client, EVERYBODY)
        self._say(client, WELCOME)

    def hear(self, client: Client, now: float) -> float:
        """Do what a client's complete lines ask for, as far as its allowance goes.

        Returns in how many seconds to go on with the rest of them; 0: when more has come.
        """
        lines = client.incoming.split(b"\n")
        for index, line in enumerate(lines[:-1]):
            request = parse(line)
            if wait := client.pay(self._cost(request), now):
                client.incoming = b"\n".join(lines[index:])
                return wait
            if request:
                self._do(client, request, now)
            if client.wire.closed:
                return 0.0
        client.incoming = lines[-1]
        if len(client.incoming) > self._limits.line:
            self._crowd.drop(client)
        return 0.0

    def _cost(self, request: Request | None) -> int:
        """An announcement costs as much as it makes us send."""
        return self._rooms.size(request[1]) if request and request[0] == b"announce" else 1

    def _do(self, client: Client, request: Request, now: float) -> None:
        match request:
            case (b"announce", channel, message):
                self._announce(channel, message)
            case (b"subscribe", channel, _):
                self._subscribe(client, channel)
            case (b"unsubscribe", channel, _):
                self._rooms.leave(client, channel)
            case (b"ping", _, _):
                self._say(client, b"%d\n" % time.time())
            case (b"info", _, _):
                self._say(client, self._info(now))
            case (b"hello", _, _):
                client.reads_all = True

    def _announce(self, channel: bytes, message: bytes) -> None:
        line = b"%b!%b\n" % (channel, message)
        self._announcements += 1
        for listener in self._rooms.of(channel):
            listener.put(channel, line)
            self.unsent.add(listener)

    def _subscribe(self, client: Client, channel: bytes) -> None:
        limits = self._limits
        if len(channel) > limits.channel_name or len(client.channels) >= limits.client_channels:
            self._say(client, NO_MORE)
            return
        client.is_sparkleshare = client.is_sparkleshare or is_sparkleshare(channel)
        self._rooms.enter(client, channel)
        self._crowd.spare_rooms()

    def _say(self, client: Client, line: bytes) -> None:
        client.put(b"", line)
        self.unsent.add(client)

    def _info(self, now: float) -> bytes:
        text = (
            f"autosync reflector {VERSION}\n"
            f"uptime: {now - self._started:.0f} s\n"
            f"clients: {len(self._crowd)} of {self._most}\n"
            f"channels: {len(self._rooms)}\n"
            f"announcements: {self._announcements}\n"
        )
        return text.encode()
