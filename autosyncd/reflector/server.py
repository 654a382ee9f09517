"""The loop: whoever has something to say or can take something gets a short turn."""

import heapq
import select
import socket
import sys
import time

from autosyncd.reflector.client import Client
from autosyncd.reflector.crowd import Crowd
from autosyncd.reflector.limits import Limits
from autosyncd.reflector.listening import Door, address_of, most_descriptors
from autosyncd.reflector.talk import BUSY, Talk

TURN = 64
TLS_TURN = 8
"""Newcomers that are let in before the others get their turn."""

SWEEP = 5.0
"""Seconds between two looks for clients that stand still."""

DOOR_SHUT = 1.0
"""Seconds without newcomers when the system has no descriptors left."""


class Server:
    """A reflector on sockets that listen already."""

    def __init__(self, door: Door, limits: Limits) -> None:
        self._door = door
        self._limits = limits
        self._most = min(limits.clients, most_descriptors(limits.clients))
        self._crowd = Crowd(limits)
        self._talk = Talk(self._crowd, limits, self._most)
        self._epoll = select.epoll()
        self._timers: list[tuple[float, int, Client]] = []
        self._timer = 0
        self._door_opens = 0.0
        self._stopping = False
        self._wake, self._woken = socket.socketpair()
        self._wake.settimeout(0)

    # --- life

    def run(self) -> None:
        """Serve until asked to stop."""
        self._epoll.register(self._woken, select.EPOLLIN)
        self._open_door()
        swept = time.monotonic()
        try:
            while not self._stopping:
                events = self._epoll.poll(self._patience())
                now = time.monotonic()
                self._serve(events, now)
                self._wake_up(now)
                self._flush(now)
                if now - swept > SWEEP:
                    swept = now
                    self._crowd.sweep(now)
        finally:
            self._close_all()

    def stop(self) -> None:
        """Ask it to end; safe in a signal handler and from other threads."""
        self._stopping = True
        try:
            self._wake.send(b"\0")
        except OSError:
            pass

    def _patience(self) -> float:
        """Seconds until something is due by itself."""
        now = time.monotonic()
        timer = self._timers[0][0] - now if self._timers else SWEEP
        door = self._door_opens - now if self._door_opens else SWEEP
        return max(0.0, min(SWEEP, timer, door))

    def _open_door(self) -> None:
        self._door_opens = 0.0
        for number in self._door.numbers:
            self._epoll.register(number, select.EPOLLIN)

    def _shut_door(self, error: OSError, now: float) -> None:
        print(f"cannot accept a client: {error.strerror}", file=sys.stderr, flush=True)
        self._door_opens = now + DOOR_SHUT
        for number in self._door.numbers:
            self._epoll.unregister(number)

    def _close_all(self) -> None:
        for client in self._crowd:
            self._crowd.drop(client)
        self._epoll.close()
        self._wake.close()
        self._woken.close()

    # --- a round

    def _serve(self, events: list[tuple[int, int]], now: float) -> None:
        """Give everybody a turn; newcomers last, since they may get the number of one who goes."""
        for number, event in events:
            if client := self._crowd.get(number):
                self._attend(client, event, now)
        for number, _ in events:
            if number in self._door.numbers and not self._door_opens:
                self._let_in(number, now)

    def _attend(self, client: Client, event: int, now: float) -> None:
        self._talk.unsent.add(client)
        try:
            if not client.wire.ready:
                if client.wire.go_on():
                    self._talk.welcome(client, now)
            elif event & (select.EPOLLHUP | select.EPOLLERR):
                self._crowd.drop(client)
            elif event & select.EPOLLIN and not client.paused:
                self._read(client, now)
        except OSError:
            self._crowd.drop(client)

    def _read(self, client: Client, now: float) -> None:
        data = client.wire.receive()
        if data:
            client.incoming += data
            self._hear(client, now)
        elif data is not None:
            client.flush(now)
            self._crowd.drop(client)

    def _hear(self, client: Client, now: float) -> None:
        wait = self._talk.hear(client, now)
        client.paused = wait > 0
        if client.paused:
            self._come_back(client, now + wait)

    # --- what waits

    def _flush(self, now: float) -> None:
        """Send what was said in this round, and ask to be told who can take more."""
        unsent, self._talk.unsent = self._talk.unsent, set()
        waits = False
        for client in unsent:
            if not client.wire.closed:
                self._send(client, now)
                waits = waits or client.waiting > 0
        if waits:
            self._crowd.spare_memory()

    def _send(self, client: Client, now: float) -> None:
        try:
            if client.wire.ready and (back := client.flush(now)):
                self._come_back(client, back)
        except OSError:
            self._crowd.drop(client)
            return
        if client.waiting > self._limits.client_queue:
            self._crowd.drop(client)
        else:
            self._listen_to(client)

    def _listen_to(self, client: Client) -> None:
        mask = 0 if client.paused else select.EPOLLIN
        if client.blocked or client.wire.wants_to_write:
            mask |= select.EPOLLOUT
        if mask != client.mask:
            client.mask = mask
            self._epoll.modify(client.wire.number, mask)

    def _come_back(self, client: Client, when: float) -> None:
        if client.back_at is not None and client.back_at <= when:
            return
        client.back_at = when
        self._timer += 1
        heapq.heappush(self._timers, (when, self._timer, client))

    def _wake_up(self, now: float) -> None:
        """Go on with those who had to wait a while."""
        if self._door_opens and self._door_opens <= now:
            self._open_door()
        while self._timers and self._timers[0][0] <= now:
            client = heapq.heappop(self._timers)[2]
            if client.wire.closed:
                continue
            client.back_at = None
            if client.paused:
                self._hear(client, now)
            self._talk.unsent.add(client)

    # --- newcomers

    def _let_in(self, number: int, now: float) -> None:
        for _ in range(TURN if self._door.tls is None else TLS_TURN):
            try:
                sock, peer = self._door.accept(number)
            except BlockingIOError:
                return
            except ConnectionError:
                continue
            except OSError as error:
                self._shut_door(error, now)
                return
            self._receive(sock, address_of(peer), now)

    def _receive(self, sock: socket.socket, address: bytes, now: float) -> None:
        try:
            if len(self._crowd) >= self._most and not self._crowd.make_room(address):
                sock.send(BUSY)
                sock.close()
                return
            wire = self._door.wire(sock)
        except OSError:
            sock.close()
            return
        client = Client(wire, address, now, self._limits)
        client.mask = select.EPOLLIN
        self._crowd.add(client)
        self._epoll.register(wire.number, client.mask)
        if wire.ready:
            self._talk.welcome(client, now)
