"""The control socket: accepts those who may, and keeps them from disturbing each other."""

import asyncio
import logging
import os
import socket as net
from pathlib import Path

from autosyncd.api.codec import Code, encode_error
from autosyncd.control.claim import Claim, claim, claim_inherited
from autosyncd.control.connection import Connection, Limits
from autosyncd.control.peer import may_connect, peer_uid
from autosyncd.control.served import Served

log = logging.getLogger(__name__)

ACCEPT_PAUSE = 0.5
"""Seconds until the next try after the kernel could not give us a connection."""


class ControlServer:
    """Serves the daemon on a socket of its own, or on one that systemd made (`inherited`)."""

    name = "control"

    def __init__(
        self,
        socket: Path,
        served: Served,
        *,
        inherited: net.socket | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._path = socket.absolute()
        self._served = served
        self._inherited = inherited
        self._limits = limits or Limits()
        self._claim: Claim | None = None
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unserved: set[net.socket] = set()
        """Accepted, while the task that serves it has yet to begin."""
        self._ending = asyncio.Event()

    def claim(self) -> None:
        """Take the socket; from now on clients can connect, and are answered once it runs.

        Raises AlreadyServedError, and UsageError for a path at which no socket can be.
        """
        if self._claim is None:
            inherited = self._inherited
            self._claim = claim_inherited(inherited) if inherited else claim(self._path)

    def release(self) -> None:
        """Give the socket up."""
        if self._claim:
            self._claim.release()
            self._claim = None

    def stop(self) -> None:
        """Ask `run` to end: no new clients, and those there are disconnected."""
        self._ending.set()

    async def run(self) -> None:
        """Serve until stopped or cancelled."""
        self.claim()
        try:
            async with asyncio.TaskGroup() as tasks:
                accepting = tasks.create_task(self._accept(tasks))
                try:
                    await self._ending.wait()
                finally:
                    await self._end(accepting)
        finally:
            for peer in self._unserved:
                peer.close()
            self.release()

    async def _end(self, accepting: asyncio.Task[None]) -> None:
        """Give the socket up first: who sees its connection end may start another daemon."""
        accepting.cancel()
        await asyncio.wait({accepting})
        self.release()
        for task in self._tasks:
            task.cancel()

    async def _accept(self, tasks: asyncio.TaskGroup) -> None:
        listener = self._claim.listener if self._claim else None
        while listener:
            await _readable(listener)
            try:
                peer, _ = listener.accept()
            except BlockingIOError:
                continue
            except OSError as error:
                log.warning("cannot accept a client: %s", error.strerror)
                await asyncio.sleep(ACCEPT_PAUSE)
                continue
            peer.settimeout(0)
            if self._welcome(peer):
                self._unserved.add(peer)
                task = tasks.create_task(self._serve(peer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _welcome(self, peer: net.socket) -> bool:
        if not may_connect(peer_uid(peer), own=os.geteuid()):
            _refuse(peer, "only the user whose autosyncd this is, and root, may ask it")
            return False
        if len(self._tasks) >= self._limits.connections and not self._drop_idle():
            _refuse(peer, f"autosyncd has {len(self._tasks)} clients already")
            return False
        return True

    def _drop_idle(self) -> bool:
        """Make room: drop the client that has been idle longest. False if all are busy."""
        idle = [connection for connection in self._connections if not connection.busy]
        if not idle:
            return False
        longest = min(idle, key=lambda connection: connection.last_used)
        self._connections.discard(longest)
        longest.drop()
        return True

    async def _serve(self, peer: net.socket) -> None:
        self._unserved.discard(peer)
        try:
            reader, writer = await asyncio.open_unix_connection(
                sock=peer, limit=self._limits.line - 1
            )
        except OSError:
            peer.close()
            return
        connection = Connection(self._served, self._limits, reader, writer)
        self._connections.add(connection)
        try:
            await connection.run()
        except Exception:
            # One client's trouble, even a bug of ours, must not end the service of the others.
            log.exception("cannot serve a client, this is a bug")
        finally:
            self._connections.discard(connection)


async def _readable(listener: net.socket) -> None:
    """Until somebody waits there. A cancelled `sock_accept` may lose an accepted one."""
    loop, somebody = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listener, somebody.set)
    try:
        await somebody.wait()
    finally:
        loop.remove_reader(listener)


def _refuse(peer: net.socket, why: str) -> None:
    with peer:
        peer.settimeout(0)
        try:
            peer.send(encode_error(None, Code.FAILED, f"cannot connect: {why}"))
        except OSError:
            pass
