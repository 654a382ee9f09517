"""All that reaches a worker from outside arrives here, as messages, in order."""

import asyncio
from dataclasses import dataclass

from autosyncd.core.approval import Approval
from autosyncd.errors import AutosyncError
from autosyncd.watch.base import Hint, Touched


@dataclass(frozen=True, slots=True)
class Noticed:
    """The watcher hints at something; `at` on the loop's clock."""

    hint: Hint
    at: float


@dataclass(frozen=True, slots=True)
class PushHeard:
    """Somebody pushed to our remote; `peer_url`, where fetching the objects is allowed, too."""

    channel: str
    sender: str
    commit: str | None = None
    peer_url: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshAsked:
    """Announcements may have been missed: ask the remote once."""


@dataclass(frozen=True, slots=True)
class SyncAsked:
    """Commit, pull and push now; `done` gets None, or in one line why it could not be done."""

    done: asyncio.Future[str | None]

    def answer(self, error: str | None) -> None:
        """How it ended; who asked may have gone meanwhile."""
        if not self.done.done():
            self.done.set_result(error)


@dataclass(frozen=True, slots=True)
class DescribeAsked:
    """Give a commit the words of the user; `done` gets its new id, or why that can't be."""

    commit: str
    text: str
    done: asyncio.Future[str]

    def answer(self, commit: str) -> None:
        """It has been done."""
        if not self.done.done():
            self.done.set_result(commit)

    def refuse(self, error: AutosyncError) -> None:
        """It can't be done."""
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(frozen=True, slots=True)
class DialogOpened:
    """The user is asked to describe the last commit: wait a little with the push."""


@dataclass(frozen=True, slots=True)
class PauseAsked:
    """Run no command until `until` (Unix seconds), or until resumed."""

    until: float | None


@dataclass(frozen=True, slots=True)
class ResumeAsked:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An earlier version of `path` was brought back: commit it like any other edit."""

    path: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Woken:
    """The machine woke or a network came up: what failed may work now, what was heard is old."""


@dataclass(frozen=True, slots=True)
class Approved:
    """The user lets through what is held."""

    approvals: frozenset[Approval]


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Finish the command in flight and end."""


Wish = SyncAsked | DescribeAsked | DialogOpened | PauseAsked | ResumeAsked | Rewritten | Approved
"""What users ask for."""

Message = Noticed | PushHeard | RefreshAsked | Woken | StopAsked | Wish


class Inbox:
    """Messages in order; hints that follow each other become one."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._arrived = asyncio.Event()

    def put(self, message: Message) -> None:
        """Leave a message; never waits."""
        if self._messages and (joined := _joined(self._messages[-1], message)):
            self._messages[-1] = joined
        else:
            self._messages.append(message)
        self._arrived.set()

    def take(self) -> tuple[Message, ...]:
        """All messages there are, oldest first."""
        self._arrived.clear()
        messages, self._messages = tuple(self._messages), []
        return messages

    async def wait(self, until: float | None) -> None:
        """Return when there are messages, or at `until` on the loop's clock."""
        try:
            async with asyncio.timeout_at(until):
                await self._arrived.wait()
        except TimeoutError:
            pass


def _joined(earlier: Message, later: Message) -> Noticed | None:
    match earlier, later:
        case Noticed(hint=Touched(paths=one)), Noticed(hint=Touched(paths=two), at=at):
            everything = one is None or two is None
            return Noticed(Touched(None if everything else (one or _NONE) | (two or _NONE)), at)
    return None


_NONE: frozenset[bytes] = frozenset()
