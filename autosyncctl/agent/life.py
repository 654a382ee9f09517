"""The agent's life: follow the daemon, whenever it is there, and show what it tells."""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from autosyncctl.agent import troubles
from autosyncctl.agent.bubbles import Bubble, Offer
from autosyncctl.agent.choices import carry_out
from autosyncctl.agent.dialog import Ask
from autosyncctl.agent.digest import Digest
from autosyncctl.client import Client
from autosyncctl.presence import has_stopped
from autosyncctl.words import clean, one_line
from autosyncd.api.events import DaemonEvent, Problem
from autosyncd.api.requests import HeldParams, StatusParams, SubscribeParams
from autosyncd.api.types import Channel, HeldResult, RepositoryStatus, Status
from autosyncd.errors import AutosyncError

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between tries to reach the daemon."""


class Agent:
    """Shows bubbles with `show`, and carries out what is `chosen`, with `ask` for questions."""

    def __init__(self, socket: Path, show: Callable[[Bubble], None], ask: Ask) -> None:
        self._socket = socket
        self._show = show
        self._ask = ask
        self._digest = Digest()

    def run(self) -> None:
        """Follow the daemon for ever."""
        pause = FIRST_PAUSE
        while True:
            if self.visit():
                pause = FIRST_PAUSE
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def visit(self) -> bool:
        """Follow the daemon as long as it is there; False if it was not.

        One that was stopped is left so, even where systemd would start it for whoever connects.
        """
        followed = False
        try:
            if not has_stopped(self._socket):
                with Client(self._socket) as client:
                    self._begin(client)
                    followed = True
                    self._follow(client)
        except AutosyncError as error:
            log.debug("not connected: %s", error)
        return followed

    def chosen(self, offer: Offer) -> None:
        """A button was pressed; returns at once."""
        threading.Thread(target=self._carry_out, args=(offer,), daemon=True).start()

    def _carry_out(self, offer: Offer) -> None:
        try:
            with Client(self._socket) as client:
                carry_out(offer, client, self._ask)
        except AutosyncError as error:
            name = offer.repository
            self._show(Bubble(f"answer:{name}", clean(name), one_line(error.line())))

    def _begin(self, client: Client) -> None:
        client.call("subscribe", SubscribeParams(), bool)
        self._read_status(client)

    def _read_status(self, client: Client) -> None:
        """What is wanted, and what is wrong already."""
        status = client.call("status", StatusParams(), Status)
        everybody = status.repositories
        channels = status.daemon.channels
        wishes = {one.name: one.notify or status.daemon.notify for one in everybody}
        wishes[""] = status.daemon.notify
        states: dict[str, str] = {one.name: one.state for one in everybody}
        states[""] = "blocked" if any(one.hint for one in channels) else "idle"
        now = time.monotonic()
        self._digest.begin(wishes, states, now)
        for problem in (*map(_problem_of, everybody), *map(_problem_at, channels)):
            if problem:
                self._digest.hear(problem, now)

    def _follow(self, client: Client) -> None:
        while True:
            event = client.next_event(self._patience())
            now = time.monotonic()
            if event:
                self._digest.hear(event, now)
            if isinstance(event, DaemonEvent) and event.what == "reloaded":
                self._read_status(client)
            if bubble := self._digest.take(now):
                self._show(self._with_choices(bubble, client))

    def _patience(self) -> float | None:
        due = self._digest.due
        return None if due is None else max(0.0, due - time.monotonic())

    def _with_choices(self, bubble: Bubble, client: Client) -> Bubble:
        """Deletions that wait can be let through from their bubble, and from no other."""
        name = troubles.repository_of(bubble.key)
        if not (name and bubble.stays):
            return bubble
        try:
            held = client.call("held", HeldParams(repositories=(name,)), HeldResult).held
        except AutosyncError as error:
            log.debug("shown without a look at what is held: %s", error)
            return bubble
        told = (one.why for one in held if one.reason == "deleted")
        waits = any(bubble.body.startswith(clean(why)) for why in told)
        return troubles.deletion(bubble, name) if waits else bubble


def _problem_of(one: RepositoryStatus) -> Problem | None:
    """What is wrong with a repository, as its event would have told."""
    error = one.last_error
    if one.state not in ("blocked", "failed") or error is None:
        return None
    return Problem(
        time=error.time,
        repository=one.name,
        operation=error.operation,
        message=error.message,
        hint=error.hint,
    )


def _problem_at(channel: Channel) -> Problem | None:
    """The same for a channel that only the user can mend."""
    if channel.hint is None:
        return None
    return Problem(
        time=time.time(),
        operation=f"connect to {channel.name}",
        message=channel.detail or "",
        hint=channel.hint,
    )


def only_one(socket: Path) -> bool:
    """Whether this is the only agent of the daemon at `socket`; stays so until the process ends."""
    file = socket.with_name(f"{socket.name}.agent")
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(file, flags, 0o600)
    except OSError as error:
        raise AutosyncError(f"cannot lock {file}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True
